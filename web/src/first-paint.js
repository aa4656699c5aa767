// The theme that this browser chose, set before anything is painted. Without a choice the system's holds.
try {
  const theme = localStorage.getItem('openline.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden: the system's theme holds.
}

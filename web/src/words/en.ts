/**
 * Every word of the page. A language is one file like this in this folder, of the same type: a word that is
 * missing from it does not compile.
 */
const en = {
  /** The language's own name, and its tag (BCP 47). */
  language: 'English',
  tag: 'en',

  anonymous: 'anonymous',
  appName: 'Openline',

  namePrompt: 'What should others call you?',
  nameHint: 'A name is all it takes. You can read and write right away.',
  nameLabel: 'Your name',
  nameButton: 'Join',
  nameFailed: 'Your name could not be saved. Please try again.',

  rooms: 'Rooms',
  openRoom: 'Open a room…',
  openRoomButton: 'Open',
  showRooms: 'Show rooms',
  closeRooms: 'Close rooms',
  here: (count: number) => `${count} here`,

  messages: (room: string) => `Messages in ${room}`,
  writeIn: (room: string) => `Message #${room}`,
  send: 'Send',
  sending: 'Sending',
  sent: 'Sent',
  waiting: 'Waiting for a connection',
  failed: 'Not sent',
  retry: 'Retry',
  edit: 'Edit',
  delete: 'Delete',

  today: 'Today',
  yesterday: 'Yesterday',
  present: 'Jump to present',
  newMessages: (count: number) => (count === 1 ? '1 new message' : `${count} new messages`),
  loadingOlder: 'Loading older messages',
  historyFailed: 'These messages could not be loaded.',

  emptyTitle: (room: string) => `This is #${room}`,
  emptyText: 'Nothing has been said here yet. Write below, or from any terminal:',
  copy: 'Copy',
  copied: 'Copied',
  invite: 'Whoever opens this address is in the room:',

  deletedPerson: 'deleted',
  networkFailed: 'The server cannot be reached. Please try again.',
  removed: 'You are no longer in this room.',
  presentFrom: (day: string) => `${day} · Jump to present`,
  reconnecting: 'Reconnecting…',
  tryNow: 'Try now',
  refused: 'This room cannot be opened.',
  theme: 'Theme',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
  languageSwitch: 'Language',
};

/** What every language must say. */
export type Words = typeof en;

export default en;

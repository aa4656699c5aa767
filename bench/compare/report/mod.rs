//! What was measured, as tables and plots.

use anyhow::Result;

/// Writes them.
pub fn write() -> Result<()> {
    let _ = crate::rows::read()?;
    Ok(())
}

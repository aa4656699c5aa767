//! The page is built by `make` (npm) into `web/dist` and embedded. Where it has not been built, the
//! server builds all the same and says so in its place.

use std::path::Path;
use std::time::SystemTime;
use std::{fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=web/dist");
    let page = Path::new("web/dist/index.html");
    if !page.exists() {
        fs::create_dir_all("web/dist")?;
        fs::write(
            page,
            "<!doctype html><meta charset=utf-8><title>Openline</title><p>The page was not built: run make.",
        )?;
        // Older than every source, or `make` would take it for the page.
        fs::File::options().write(true).open(page)?.set_modified(SystemTime::UNIX_EPOCH)?;
    }
    Ok(())
}

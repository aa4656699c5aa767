//! The page is built by `make` (npm) into `web/dist` and embedded. Where it has not been built, the
//! server builds all the same and says so in its place.

use std::path::Path;
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
    }
    Ok(())
}

//! One run of the load generator, `openline bench`, against one server.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use openline::load::Carrier;
use serde_json::Value;

use crate::scenarios::Scenario;
use crate::servers::Running;
use crate::{binary, tree};

/// How long a run may take beside what it is asked to last: opening lines, and hearing what is still under way.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs it, and hands back the object that it prints. What a line heard wrong is in there.
pub fn run(scenario: &Scenario, carrier: Carrier, seconds: u32, server: &Running) -> Result<Value> {
    let ids: Vec<String> = server.ids().iter().map(u32::to_string).collect();
    let (lines, seconds_word) = (scenario.lines.to_string(), seconds.to_string());
    let mut command = Command::new(binary::openline());
    command.args(["bench", &server.url, "--json", "--pids", &ids.join(",")]);
    command.args([
        "--what",
        &scenario.what.to_string(),
        "--transport",
        &carrier.to_string(),
        "--lines",
        &lines,
    ]);
    command.args(["--seconds", &seconds_word, "--warm-up", scenario.warm_up]).args(scenario.words);
    if let Some(dialect) = &server.dialect {
        command.arg("--dialect").arg(dialect);
    }
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let heard = hear(&mut child, PATIENCE + Duration::from_secs(2 * u64::from(seconds)));
    // It has ended, or it hangs: then its parts end with it.
    tree::end(child.id());
    child.wait()?;
    let [out, err] = heard?;
    serde_json::from_str(out.trim()).with_context(|| last_line(&err))
}

/// All that it writes to standard output and standard error, if it ends in time.
fn hear(child: &mut Child, patience: Duration) -> Result<[String; 2]> {
    let (tell, heard) = mpsc::channel();
    let pipes: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|pipe| Box::new(pipe) as _),
        child.stderr.take().map(|pipe| Box::new(pipe) as _),
    ];
    for (place, pipe) in pipes.into_iter().enumerate() {
        let (tell, mut pipe) = (tell.clone(), pipe.context("its pipes")?);
        thread::spawn(move || {
            let mut text = String::new();
            let _ = pipe.read_to_string(&mut text);
            let _ = tell.send((place, text));
        });
    }
    let mut texts = [String::new(), String::new()];
    for _ in 0..texts.len() {
        let late = |_| anyhow!("it did not end within {} s", patience.as_secs());
        let (place, text) = heard.recv_timeout(patience).map_err(late)?;
        texts[place] = text;
    }
    Ok(texts)
}

fn last_line(text: &str) -> String {
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned()
}

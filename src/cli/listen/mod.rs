//! `openline listen`: hears what is said in rooms, and goes on where it was when the line breaks.

mod show;

use std::time::Duration;

use clap::Args;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Response, StatusCode, Url};

use super::backoff::Backoff;
use super::client::{Missed, Problem, client, unreachable};
use super::{Console, Exit, Failure, Target};
use crate::wire::sse::{Reader, Received};

/// The largest event that is taken: far more than a server sends by default.
const MAX_EVENT: usize = 16 * 1024 * 1024;

/// How long to wait before connecting again, unless the server says.
const RETRY: Duration = Duration::from_secs(2);

/// What to hear.
#[derive(Debug, Args)]
pub struct ListenArgs {
    /// The rooms: their names, or the whole URL of one
    #[arg(required = true, value_name = "ROOM")]
    rooms: Vec<String>,
    /// Where to start: an id, a number, a time, how long ago (10m), `all` or `none`
    #[arg(long)]
    since: Option<String>,
    /// Print the JSON object of each message, one a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// Listens until the server says that there will be nothing more, or refuses.
pub async fn run(args: &ListenArgs, console: &mut Console) -> Result<(), Failure> {
    let mut url = args.target.stream(&args.rooms)?;
    if let Some(since) = &args.since {
        url.query_pairs_mut().append_pair("since", since);
    }
    let client = client(&url)?;
    let mut line = Line { client, url, reader: Reader::new(MAX_EVENT), json: args.json };
    let mut backoff = Backoff::default();
    // Only a server that was reached once is waited for: else it is more likely a mistake.
    let mut was_open = false;
    loop {
        let why = match line.open().await {
            Ok(Some(response)) => {
                if was_open {
                    console.note("connected again");
                }
                was_open = true;
                match line.hear(response, console, &mut backoff).await? {
                    Some(why) => why,
                    None => "the line was closed".to_owned(),
                }
            }
            Ok(None) => return Ok(()),
            Err(missed) if was_open && missed.may_pass => missed.failure.text(),
            Err(missed) => return Err(missed.failure),
        };
        let wait = backoff.next(line.reader.retry().unwrap_or(RETRY));
        console.note(&format!("{why}; connecting again in {:.1} s", wait.as_secs_f64()));
        tokio::time::sleep(wait).await;
    }
}

/// A line that is opened as often as it breaks.
struct Line {
    client: Client,
    url: Url,
    reader: Reader,
    json: bool,
}

impl Line {
    /// Opens it, from the last id on; `None` if the server has nothing more (204, as the standard has it).
    async fn open(&mut self) -> Result<Option<Response>, Missed> {
        self.reader.reconnected();
        // Naming problem+json gets refusals as statuses, which a browser's EventSource could not be told.
        let accept = "text/event-stream, application/problem+json;q=0.5";
        let mut request = self.client.get(self.url.clone()).header(ACCEPT, accept);
        if !self.reader.last_id().is_empty() {
            request = request.header("Last-Event-ID", self.reader.last_id());
        }
        let response = request.send().await.map_err(Missed::lost)?;
        let status = response.status();
        if status == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        if status != StatusCode::OK {
            let body = response.text().await.unwrap_or_default();
            return Err(Missed::refused(status, &body));
        }
        let kind =
            response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("text/event-stream") {
            let failure =
                Failure::said(Exit::Other, format!("{} is not an event stream but `{kind}`", self.url));
            return Err(Missed { failure, may_pass: false });
        }
        Ok(Some(response))
    }

    /// Shows what comes until the line breaks; says why it did, if that is known.
    async fn hear(
        &mut self,
        mut response: Response,
        console: &mut Console,
        backoff: &mut Backoff,
    ) -> Result<Option<String>, Failure> {
        loop {
            match response.chunk().await {
                Ok(Some(bytes)) => self.reader.push(&bytes),
                Ok(None) => return Ok(None),
                Err(error) => return Ok(Some(unreachable(error).text())),
            }
            while let Some(event) = self.reader.next() {
                let event = event.map_err(|error| Failure::new(Exit::Other, error))?;
                if event.name != "problem" {
                    backoff.reset();
                }
                self.show(&event, console)?;
            }
        }
    }

    fn show(&self, event: &Received, console: &mut Console) -> Result<(), Failure> {
        match event.name.as_str() {
            "reset" => console.note(&show::reset(&event.data)),
            "problem" => {
                let words = Problem::read(&event.data).words("it did not say what is wrong");
                console.note(&format!("the server says: {words}"));
            }
            name if show::is_said(name) && self.json => console.line(&event.data)?,
            name if show::is_said(name) => console.line(&show::message(event, console))?,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

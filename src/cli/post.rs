//! `openline post`: says something in a room, once or again and again.

use std::io::{self, IsTerminal, Read};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Url};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::MissedTickBehavior;

use super::backoff::Backoff;
use super::client::{Missed, client};
use super::template::fill;
use super::{Console, Exit, Failure, Target};
use crate::config::Span;
use crate::engine::random_bytes;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait before the first try again.
const RETRY: Duration = Duration::from_secs(1);

/// What to post, and where.
#[derive(Debug, Args)]
pub struct PostArgs {
    /// The room: its name, or its whole URL
    room: String,
    /// What to say; `-`, or nothing, reads it from standard input
    text: Option<String>,
    // clap makes a line end of an n in braces, so the help cannot show it as it is written.
    /// Post again and again, this often (250ms, 15s, 10m …); in the text and in --data, {now} becomes the time
    /// and n in braces 1, 2, 3 …
    #[arg(long, value_name = "TIME")]
    every: Option<Span>,
    /// How often to post in all [default: once, or with --every without end]
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// The type of the message: the name of its event
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// JSON for programs, beside the text or instead of it
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// A key, under which the message is stored once however often it is sent [default: a random one]
    #[arg(long, conflicts_with_all = ["every", "count"])]
    key: Option<String>,
    /// Print the stored message as JSON instead of its id
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    target: Target,
}

/// The body of a POST.
#[derive(Serialize)]
struct Said<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    key: String,
}

impl PostArgs {
    fn is_repeated(&self) -> bool {
        self.every.is_some() || self.count.is_some()
    }

    fn count(&self) -> u64 {
        self.count.unwrap_or(if self.every.is_some() { u64::MAX } else { 1 })
    }

    /// The words, unless there are only data.
    fn words(&self) -> Result<Option<String>, Failure> {
        match self.text.as_deref() {
            None if self.data.is_some() => Ok(None),
            None if io::stdin().is_terminal() => {
                Err(Failure::said(Exit::Usage, "say what to post, or give it on standard input"))
            }
            None | Some("-") => {
                let mut text = String::new();
                io::stdin().read_to_string(&mut text)?;
                // The line end that `echo` and editors add is not part of what is said.
                Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
            }
            Some(text) => Ok(Some(text.to_owned())),
        }
    }

    /// The `n`th post as JSON. Each has a key of its own, so that to send it twice is to say it once.
    fn said(&self, words: Option<&str>, n: u64) -> Result<String, Failure> {
        let now = Timestamp::now();
        let filled = |text: &str| if self.is_repeated() { fill(text, n, now) } else { text.to_owned() };
        let data = self.data.as_deref().map(|data| RawValue::from_string(filled(data))).transpose();
        let said = Said {
            body: words.map(filled),
            data: data.map_err(|error| Failure::said(Exit::Usage, format!("--data is not JSON: {error}")))?,
            kind: self.kind.as_deref(),
            key: self.key.clone().unwrap_or_else(random_key),
        };
        serde_json::to_string(&said).map_err(|error| Failure::new(Exit::Other, error))
    }
}

fn random_key() -> String {
    format!("{:032x}", u128::from_be_bytes(random_bytes()))
}

/// Posts, and prints the id or the stored message for each.
pub async fn run(args: &PostArgs, console: &mut Console) -> Result<(), Failure> {
    let url = args.target.room(&args.room)?;
    // So that a mistake in it is seen before anything is read or sent.
    args.said(None, 1)?;
    let words = args.words()?;
    let client = client(&url)?;
    let mut ticks = args.every.map(|every| {
        // A period of nothing is not one.
        let mut ticks = tokio::time::interval(every.0.max(Duration::from_millis(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks
    });
    for n in 1..=args.count() {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        let said = args.said(words.as_deref(), n)?;
        let answer = if args.is_repeated() {
            post_until_it_is_kept(&client, &url, &said, RETRY, console).await?
        } else {
            post(&client, &url, &said).await.map_err(|missed| missed.failure)?
        };
        console.line(if args.json { &answer } else { id(&answer) }.trim())?;
    }
    Ok(())
}

/// Sends it once; gives the answer's JSON.
async fn post(client: &Client, url: &Url, said: &str) -> Result<String, Missed> {
    let request = client.post(url.clone()).timeout(PATIENCE).header(CONTENT_TYPE, "application/json");
    let request = request.header(ACCEPT, "application/json").body(said.to_owned());
    let answer = request.send().await.map_err(Missed::lost)?;
    let status = answer.status();
    let body = answer.text().await.map_err(Missed::lost)?;
    if status.is_success() { Ok(body) } else { Err(Missed::refused(status, &body)) }
}

/// Sends it, always under the same key, until the server has it or will never take it.
async fn post_until_it_is_kept(
    client: &Client,
    url: &Url,
    said: &str,
    retry: Duration,
    console: &mut Console,
) -> Result<String, Failure> {
    let mut backoff = Backoff::default();
    loop {
        match post(client, url, said).await {
            Ok(answer) => return Ok(answer),
            Err(missed) if missed.may_pass => {
                let wait = backoff.next(retry);
                console.note(&format!(
                    "{}; trying again in {:.1} s",
                    missed.failure.text(),
                    wait.as_secs_f64()
                ));
                tokio::time::sleep(wait).await;
            }
            Err(missed) => return Err(missed.failure),
        }
    }
}

/// The id in an answer, or the whole answer if it has none.
fn id(answer: &str) -> &str {
    #[derive(serde::Deserialize)]
    struct Stored<'a> {
        id: &'a str,
    }
    serde_json::from_str::<Stored<'_>>(answer).map_or(answer, |stored| stored.id)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::scripted::{Scripted, answer, console};

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        args: PostArgs,
    }

    fn args(line: &[&str]) -> PostArgs {
        Alone::try_parse_from([&["post"], line].concat()).expect("right").args
    }

    const STORED: &str = r#"{"id":"5f3a09c1-1","room":"lobby"}"#;

    #[tokio::test]
    async fn one_post_prints_the_id_or_with_json_the_message() {
        for (flag, expected) in
            [("--type=t", "5f3a09c1-1\n"), ("--json", "{\"id\":\"5f3a09c1-1\",\"room\":\"lobby\"}\n")]
        {
            let server = Scripted::new(vec![answer(201, "application/json", STORED)]).await;
            let (mut console, out, _) = console();
            let args =
                args(&["lobby", "hi {n}", "--data", "{\"a\": 1}", "--key", "k", flag, "--url", &server.url]);
            run(&args, &mut console).await.expect("posted");
            assert_eq!(out.text(), expected);
            let asked = server.asked().await.remove(0);
            assert!(asked.starts_with("POST /rooms/lobby HTTP/1.1\r\n"), "{asked}");
            assert!(asked.contains(r#"{"body":"hi {n}","data":{"a": 1},"#), "{asked}");
            assert!(asked.ends_with(r#""key":"k"}"#), "{asked}");
        }
    }

    #[tokio::test]
    async fn repeated_posts_are_filled_in_and_each_has_its_own_key() {
        let server = Scripted::new(vec![answer(201, "application/json", STORED); 2]).await;
        let (mut console, out, _) = console();
        let line =
            ["lobby", "no {n}", "--data", "[{n}]", "--every", "1ms", "--count", "2", "--url", &server.url];
        run(&args(&line), &mut console).await.expect("posted");
        assert_eq!(out.text().lines().count(), 2);
        let asked = server.asked().await;
        assert!(
            asked[0].contains(r#""body":"no 1","data":[1]"#)
                && asked[1].contains(r#""body":"no 2","data":[2]"#)
        );
        assert_ne!(key(&asked[0]), key(&asked[1]));
        assert_eq!(key(&asked[0]).len(), 32);
    }

    #[tokio::test]
    async fn what_may_pass_is_tried_again_under_the_same_key() {
        let answers =
            vec![String::new(), answer(503, "text/plain", ""), answer(201, "application/json", STORED)];
        let server = Scripted::new(answers).await;
        let (mut console, _, notes) = console();
        let args = args(&["lobby", "x", "--count", "1", "--url", &server.url]);
        let url = args.target.room(&args.room).expect("a URL");
        let said = args.said(Some("x"), 1).expect("JSON");
        let retry = Duration::from_millis(1);
        let stored =
            post_until_it_is_kept(&client(&url).expect("a client"), &url, &said, retry, &mut console).await;
        assert_eq!(stored.expect("stored"), STORED);
        let asked = server.asked().await;
        assert_eq!((key(&asked[0]), key(&asked[0])), (key(&asked[1]), key(&asked[2])));
        assert_eq!(notes.text().matches("trying again in").count(), 2);
        assert!(notes.text().contains("openline: the server is in trouble (503)"));
    }

    #[tokio::test]
    async fn refusals_and_mistakes_have_their_exit_codes() {
        let (mut console, ..) = console();
        let problem = r#"{"title":"Reserved","detail":"another type"}"#;
        let server = Scripted::new(vec![answer(422, "application/problem+json", problem)]).await;
        let refused = run(&args(&["lobby", "x", "--url", &server.url]), &mut console).await.expect_err("422");
        assert_eq!(
            (refused.exit, refused.text().as_str()),
            (Exit::Refused, "the server refused (422): Reserved: another type")
        );
        drop(server.asked().await);

        // Nobody listens there any more.
        let gone = Scripted::new(vec![]).await;
        let url = gone.url.clone();
        drop(gone.asked().await);
        let lost = run(&args(&["lobby", "x", "--url", &url]), &mut console).await.expect_err("gone");
        assert_eq!(lost.exit, Exit::Unreachable);
        assert!(lost.text().starts_with(&format!("cannot reach {url}/rooms/lobby: ")), "{}", lost.text());

        let wrong =
            run(&args(&["lobby", "x", "--data", "{", "--url", &url]), &mut console).await.expect_err("{");
        assert_eq!(wrong.exit, Exit::Usage);
    }

    fn key(asked: &str) -> &str {
        asked.split("\"key\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a key")
    }
}

//! Downloads that survive dropped connections.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use ureq::http::{Response, header};
use ureq::{Agent, Body};

/// The bytes after which an attempt that failed counts as a new beginning.
const PROGRESS: u64 = 1 << 16;

/// How to ask.
#[derive(Debug)]
pub(crate) struct Policy {
    /// Attempts in a row without progress before giving up.
    pub(crate) attempts: u32,
    /// The pause after the first failure; each further one doubles it.
    pub(crate) pause: Duration,
    /// How long a server may be silent.
    pub(crate) silence: Duration,
    /// What stands between here and the servers.
    pub(crate) proxy: Option<ureq::Proxy>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 5,
            pause: Duration::from_secs(1),
            silence: Duration::from_secs(30),
            proxy: ureq::Proxy::try_from_env(),
        }
    }
}

#[cfg(test)]
impl Policy {
    /// For servers on this machine.
    pub(crate) fn hasty() -> Self {
        let (pause, silence) = (Duration::from_millis(1), Duration::from_millis(500));
        Self { attempts: 3, pause, silence, proxy: None }
    }
}

/// A client.
#[derive(Debug)]
pub(crate) struct Http {
    agent: Agent,
    attempts: u32,
    pause: Duration,
}

/// What to download, and where to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Download<'a> {
    /// The address.
    pub(crate) url: &'a str,
    /// The file that grows; one that is there already is continued, if the server still has the same content.
    pub(crate) part: &'a Path,
    /// The most bytes that are taken.
    pub(crate) max_bytes: u64,
}

/// How a download ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Saved {
    /// All is there.
    Complete,
    /// The server has nothing at this address.
    Missing,
}

/// Hears of a download.
pub(crate) trait Watch {
    /// So many bytes are there, of so many if the server said.
    fn moved(&mut self, bytes: u64, total: Option<u64>);
    /// An attempt failed, and another follows after a pause.
    fn retry(&mut self, error: &Error, pause: Duration);
}

/// Why an attempt failed.
enum Failure {
    /// Another attempt may succeed.
    Transient(Error),
    /// Another attempt would fail as well.
    Final(Error),
}

/// Where the disk refuses, no server helps.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Final(Error::from(error).context("cannot write the download"))
    }
}

impl Http {
    /// A client that keeps to `policy`.
    pub(crate) fn new(policy: Policy) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(8)
            .proxy(policy.proxy)
            .timeout_connect(Some(policy.silence))
            .timeout_recv_response(Some(policy.silence))
            .timeout_per_read(Some(policy.silence))
            .user_agent(concat!("sememe-xtask/", env!("CARGO_PKG_VERSION")));
        Self { agent: Agent::new_with_config(config.build()), attempts: policy.attempts, pause: policy.pause }
    }

    /// Downloads, with further attempts that go on where the last one ended.
    ///
    /// # Errors
    /// Where the server refuses, sends too much, or fails `attempts` times in a row.
    pub(crate) fn save(&self, download: Download<'_>, watch: &mut dyn Watch) -> Result<Saved> {
        let (mut failures, mut reached) = (0, 0);
        loop {
            let error = match self.attempt(download, watch) {
                Ok(saved) => return Ok(saved),
                Err(Failure::Final(error)) => return Err(error.context(download.url.to_owned())),
                Err(Failure::Transient(error)) => error,
            };
            let bytes = Part::open(download.part).bytes;
            failures = if bytes >= reached + PROGRESS { 1 } else { failures + 1 };
            reached = bytes;
            if failures >= self.attempts {
                return Err(error.context(format!("{}: gave up after {failures} attempts", download.url)));
            }
            let pause = self.pause * 2u32.saturating_pow(failures - 1);
            watch.retry(&error, pause);
            std::thread::sleep(pause);
        }
    }

    fn attempt(&self, download: Download<'_>, watch: &mut dyn Watch) -> Result<Saved, Failure> {
        let part = Part::open(download.part);
        let response = self.ask(download.url, &part)?;
        let from = match response.status().as_u16() {
            200 => 0,
            206 if range_start(&response) == Some(part.bytes) => part.bytes,
            404 | 410 => return Ok(Saved::Missing),
            206 | 416 => {
                part.discard()?;
                return Err(Failure::Transient(anyhow!(
                    "the server cannot go on after {} bytes",
                    part.bytes
                )));
            }
            code @ (408 | 429 | 500..=599) => {
                return Err(Failure::Transient(anyhow!("the server answered {code}")));
            }
            code => return Err(Failure::Final(anyhow!("the server answered {code}"))),
        };
        receive(response, from, download, &part, watch)?;
        Ok(Saved::Complete)
    }

    fn ask(&self, url: &str, part: &Part) -> Result<Response<Body>, Failure> {
        let mut request = self.agent.get(url).header(header::ACCEPT_ENCODING, "identity");
        if let Some(validator) = part.validator.as_ref().filter(|_| part.bytes > 0) {
            let range = format!("bytes={}-", part.bytes);
            request = request.header(header::RANGE, range).header(header::IF_RANGE, validator);
        }
        request.call().map_err(|error| match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::TooManyRedirects => {
                Failure::Final(error.into())
            }
            _ => Failure::Transient(error.into()),
        })
    }
}

/// Writes the body of `response` after the first `from` bytes of the part.
fn receive(
    response: Response<Body>,
    from: u64,
    download: Download<'_>,
    part: &Part,
    watch: &mut dyn Watch,
) -> Result<(), Failure> {
    let length = text(&response, header::CONTENT_LENGTH.as_str()).and_then(|text| text.parse::<u64>().ok());
    let total = length.and_then(|length| length.checked_add(from));
    if let Some(total) = total.filter(|&total| total > download.max_bytes) {
        let most = download.max_bytes;
        return Err(Failure::Final(anyhow!("the server has {total} bytes, more than the {most} expected")));
    }
    let mut file = part.continue_from(from, validator(&response).as_deref())?;
    let mut body = response.into_body().into_reader().take(download.max_bytes.saturating_sub(from) + 1);
    let bytes = from + append(&mut body, &mut file, &mut |bytes| watch.moved(from + bytes, total))?;
    if bytes > download.max_bytes {
        part.discard()?;
        let most = download.max_bytes;
        return Err(Failure::Final(anyhow!("the server sent more than the {most} bytes expected")));
    }
    match total.filter(|&total| bytes < total) {
        Some(total) => Err(Failure::Transient(anyhow!("the server stopped after {bytes} of {total} bytes"))),
        None => Ok(()),
    }
}

/// Copies what comes to the end of `file`, telling `moved` how many bytes there are so far.
fn append(body: &mut dyn Read, file: &mut File, moved: &mut dyn FnMut(u64)) -> Result<u64, Failure> {
    let (mut bytes, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        let n = body.read(&mut buffer).map_err(|error| Failure::Transient(error.into()))?;
        if n == 0 {
            return Ok(bytes);
        }
        file.write_all(&buffer[..n])?;
        bytes += n as u64;
        moved(bytes);
    }
}

/// A download under way: its bytes, and beside them how to ask whether the server still has the same content.
struct Part {
    path: PathBuf,
    bytes: u64,
    validator: Option<String>,
}

impl Part {
    /// What an earlier attempt left; nothing, if it cannot be continued.
    fn open(path: &Path) -> Self {
        let validator = std::fs::read_to_string(validator_path(path)).ok().filter(|text| !text.is_empty());
        let bytes = std::fs::metadata(path).ok().filter(|_| validator.is_some()).map_or(0, |file| file.len());
        Self { path: path.to_owned(), bytes, validator }
    }

    /// The file, cut to its first `from` bytes, and open at its end.
    fn continue_from(&self, from: u64, validator: Option<&str>) -> io::Result<File> {
        let file = OpenOptions::new().append(true).create(true).open(&self.path)?;
        if from == 0 {
            // What vouches for the bytes goes first and comes last: after a crash in between all is begun anew.
            remove(&validator_path(&self.path))?;
            file.set_len(0)?;
            std::fs::write(validator_path(&self.path), validator.unwrap_or_default())?;
        }
        Ok(file)
    }

    fn discard(&self) -> io::Result<()> {
        remove(&self.path)?;
        remove(&validator_path(&self.path))
    }
}

/// Removes what belongs to a download that is done, or that is not wanted after all.
pub(crate) fn discard(part: &Path) -> Result<()> {
    Part::open(part).discard().with_context(|| format!("cannot remove {}", part.display()))
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn validator_path(part: &Path) -> PathBuf {
    part.with_added_extension("validator")
}

/// What identifies the content: a strong entity tag, or else the time of its last change (RFC 9110, section 13.1.5).
fn validator(response: &Response<Body>) -> Option<String> {
    let tag = text(response, header::ETAG.as_str()).filter(|tag| !tag.starts_with("W/"));
    tag.or_else(|| text(response, header::LAST_MODIFIED.as_str())).map(str::to_owned)
}

/// The first byte that a partial answer holds (RFC 9110, section 14.4).
fn range_start(response: &Response<Body>) -> Option<u64> {
    let range = text(response, header::CONTENT_RANGE.as_str())?.strip_prefix("bytes ")?;
    range.split('-').next()?.parse().ok()
}

fn text<'a>(response: &'a Response<Body>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::super::server::{Answer, Server};
    use super::*;

    const BODY: &[u8] = b"0123456789";

    /// Counts what it hears.
    #[derive(Default)]
    struct Count {
        retries: Vec<String>,
    }

    impl Watch for Count {
        fn moved(&mut self, _: u64, _: Option<u64>) {}

        fn retry(&mut self, error: &Error, _: Duration) {
            self.retries.push(format!("{error:#}"));
        }
    }

    /// What a download of at most 20 bytes led to.
    struct Outcome {
        saved: Result<Saved, String>,
        /// What is at the part's path.
        content: Option<Vec<u8>>,
        /// The `Range` of every request.
        ranges: Vec<Option<String>>,
        retries: Vec<String>,
    }

    fn download(answers: Vec<Answer>) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let part = folder.path().join("part");
        let server = Server::start(answers);
        let mut count = Count::default();
        let url = server.url("f");
        let saved =
            Http::new(Policy::hasty()).save(Download { url: &url, part: &part, max_bytes: 20 }, &mut count);
        let ranges = server.requests().iter().map(|request| request.header("range")).collect();
        let content = std::fs::read(&part).ok();
        Outcome {
            saved: saved.map_err(|error| format!("{error:#}")),
            content,
            ranges,
            retries: count.retries,
        }
    }

    /// A download that ends well, after requests for these ranges.
    #[track_caller]
    fn check(answers: Vec<Answer>, want_ranges: &[Option<&str>]) {
        let outcome = download(answers);
        assert_eq!(outcome.saved, Ok(Saved::Complete), "{:?}", outcome.retries);
        assert_eq!(outcome.content.as_deref(), Some(BODY));
        let ranges: Vec<Option<&str>> = outcome.ranges.iter().map(Option::as_deref).collect();
        assert_eq!(ranges, want_ranges);
    }

    #[track_caller]
    fn check_error(answers: Vec<Answer>, want: &str) {
        let error = download(answers).saved.unwrap_err();
        assert!(error.contains(want), "{error}");
    }

    fn ok() -> Answer {
        Answer::ok(BODY).tag("\"a\"")
    }

    fn rest(from: usize) -> Answer {
        Answer::part(BODY, from).tag("\"a\"")
    }

    #[test]
    fn a_whole_answer_is_saved() {
        check(vec![ok()], &[None]);
        check(vec![Answer::ok(BODY)], &[None]);
        check(vec![Answer::ok(BODY).without_length()], &[None]);
    }

    #[test]
    fn a_dropped_connection_is_resumed() {
        check(vec![ok().cut(4), rest(4)], &[None, Some("bytes=4-")]);
        check(vec![ok().cut(4), rest(4).cut(2), rest(6)], &[None, Some("bytes=4-"), Some("bytes=6-")]);
    }

    #[test]
    fn a_server_that_ignores_ranges_sends_all_again() {
        check(vec![ok().cut(4), ok()], &[None, Some("bytes=4-")]);
    }

    #[test]
    fn without_a_validator_all_is_asked_for_again() {
        check(vec![Answer::ok(BODY).cut(4), ok()], &[None, None]);
        check(vec![Answer::ok(BODY).tag("W/\"a\"").cut(4), ok()], &[None, None]);
    }

    #[test]
    fn the_time_of_the_last_change_is_a_validator() {
        let date = "Tue, 24 Nov 2026 10:00:00 GMT";
        let dated = || Answer::ok(BODY).header("Last-Modified", date);
        check(vec![dated().cut(4), rest(4)], &[None, Some("bytes=4-")]);
    }

    #[test]
    fn changed_content_is_begun_anew() {
        // With `If-Range` a server whose content has changed sends all of it.
        check(vec![Answer::ok(b"abcdefghij").tag("\"old\"").cut(4), ok()], &[None, Some("bytes=4-")]);
    }

    #[test]
    fn a_wrong_range_is_thrown_away() {
        check(vec![ok().cut(4), rest(6), ok()], &[None, Some("bytes=4-"), None]);
        check(vec![ok().cut(4), Answer::status(416), ok()], &[None, Some("bytes=4-"), None]);
    }

    #[test]
    fn a_server_in_trouble_is_asked_again() {
        check(vec![Answer::status(500), Answer::status(429), ok()], &[None, None, None]);
    }

    #[test]
    fn redirects_are_followed_and_bounded() {
        let server = Server::start(vec![ok()]);
        check(vec![Answer::status(302).header("Location", &server.url("g"))], &[None]);
        let circle = || Answer::status(302).header("Location", "/f");
        check_error((0..10).map(|_| circle()).collect(), "too many redirects");
    }

    #[test]
    fn attempts_are_bounded() {
        check_error(
            (0..4).map(|_| Answer::status(503)).collect(),
            "gave up after 3 attempts: the server answered 503",
        );
        check_error((0..4).map(|_| Answer::silent()).collect(), "gave up after 3 attempts");
    }

    #[test]
    fn what_is_not_there_is_missing() {
        let outcome = download(vec![Answer::status(404)]);
        assert_eq!((outcome.saved, outcome.content), (Ok(Saved::Missing), None));
    }

    #[test]
    fn a_refusal_is_final() {
        check_error(vec![Answer::status(403), ok()], "the server answered 403");
    }

    #[test]
    fn too_many_bytes_are_refused() {
        check_error(vec![Answer::ok(&[0; 21])], "the server has 21 bytes, more than the 20 expected");
        check_error(
            vec![Answer::ok(&[0; 21]).without_length()],
            "the server sent more than the 20 bytes expected",
        );
    }

    #[test]
    fn a_length_that_is_too_large_is_noticed() {
        check_error(
            (0..4).map(|_| Answer::ok(BODY).header("Content-Length", "12")).collect(),
            "gave up after 3 attempts",
        );
    }
}

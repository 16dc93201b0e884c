//! A server for tests that answers as it is told, on an address of this machine.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What a client asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Its path.
    pub(crate) path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The header `name`, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn read(stream: &TcpStream) -> Self {
        let mut lines =
            BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
        let path =
            lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)).unwrap_or_default();
        let split =
            |line: String| line.split_once(':').map(|(key, value)| (key.to_lowercase(), value.trim().into()));
        Self { path, headers: lines.filter_map(split).collect() }
    }
}

/// An answer to one request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Only so many bytes of the body are sent before the connection is closed.
    sent: usize,
    /// Nothing at all is sent.
    silent: bool,
}

impl Answer {
    /// All of `body`.
    pub(crate) fn ok(body: &[u8]) -> Self {
        Self { body: body.to_vec(), sent: body.len(), ..Self::status(200) }
            .header("Content-Length", &body.len().to_string())
    }

    /// `body` from the byte `from`.
    pub(crate) fn part(body: &[u8], from: usize) -> Self {
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        Self { status: 206, ..Self::ok(&body[from..]) }.header("Content-Range", &range)
    }

    /// A status and nothing else.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), sent: 0, silent: false }
    }

    /// No answer: the connection stays open for a while.
    pub(crate) fn silent() -> Self {
        Self { silent: true, ..Self::status(200) }
    }

    /// With one more header, in place of another of this name.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With an entity tag.
    pub(crate) fn tag(self, tag: &str) -> Self {
        self.header("ETag", tag)
    }

    /// With a body that ends where the connection ends.
    pub(crate) fn without_length(mut self) -> Self {
        self.headers.retain(|(key, _)| key != "Content-Length");
        self
    }

    /// The connection drops after `sent` bytes of the body.
    pub(crate) fn cut(self, sent: usize) -> Self {
        Self { sent, ..self }
    }

    fn send(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        if self.silent {
            std::thread::sleep(Duration::from_millis(700));
            return Ok(());
        }
        let headers: String = self.headers.iter().map(|(key, value)| format!("{key}: {value}\r\n")).collect();
        write!(stream, "HTTP/1.1 {} -\r\n{headers}Connection: close\r\n\r\n", self.status)?;
        stream.write_all(&self.body[..self.sent])
    }
}

/// A server that gives its answers in order, and 404 when it has no more.
pub(crate) struct Server {
    address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts one on a free port.
    pub(crate) fn start(answers: Vec<Answer>) -> Self {
        let mut answers = VecDeque::from(answers);
        Self::serve(move |_| answers.pop_front().unwrap_or(Answer::status(404)))
    }

    /// Starts one that thinks about each request.
    pub(crate) fn serve(mut answer: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (requests, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let request = Request::read(&stream);
                let answer = answer(&request);
                seen.lock().unwrap().push(request);
                // A client that has heard enough closes the connection.
                let _ = answer.send(&stream);
            }
        });
        Self { address, requests, stop, thread: Some(thread) }
    }

    /// The address of `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(&self.address);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

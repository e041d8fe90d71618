//! A small HTTP server that answers as a test wants: truthfully, wrongly, never.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What was sent with it.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header (name in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Status 200 with content type and body.
    Ok(&'static str, Vec<u8>),
    /// Another status without a body.
    Status(u16),
    /// Status 302 to an address.
    Redirect(String),
    /// The connection stays open and silent.
    Hang,
    /// Announces the first number of bytes, sends the body, then hangs up.
    Truncated(usize, Vec<u8>),
    /// Sends the body and then nothing more, without ending it.
    Stall(usize, Vec<u8>),
    /// Zero bytes without end.
    Endless,
    /// Hangs up without an answer.
    Close,
    /// Bytes as they are, whether they are HTTP or not.
    Raw(Vec<u8>),
}

/// A running server; it ends when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server on a free port of this machine.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = Server { address, requests: Arc::default(), stop: Arc::default() };
        let (requests, stop, answer) = (Arc::clone(&server.requests), Arc::clone(&server.stop), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().filter_map(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (requests, stop, answer) = (Arc::clone(&requests), Arc::clone(&stop), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &requests, &stop, &*answer));
            }
        });
        server
    }

    /// The address of a path, `/` included.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Host and port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, requests: &Mutex<Vec<Request>>, stop: &AtomicBool, answer: &dyn Fn(&Request) -> Reply) {
    let Some(request) = read(&stream) else { return };
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
    // A client that hangs up early is part of many tests.
    let _ = reply(stream, answer(&request), stop);
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let first = line(&mut reader)?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = Vec::new();
    while let Some((name, value)) = line(&mut reader)?.split_once(':') {
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, headers, body: Vec::new() };
    request.body = body(&mut reader, &request)?;
    Some(request)
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    Some(line.trim_end().to_owned())
}

/// As long as its header says, or in chunks.
fn body(reader: &mut impl BufRead, request: &Request) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let size = u64::from_str_radix(&line(reader)?, 16).ok()?;
            reader.take(size).read_to_end(&mut body).ok()?;
            line(reader)?;
            if size == 0 {
                return Some(body);
            }
        }
    }
    let length = request.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut body).ok()?;
    Some(body)
}

fn reply(mut stream: TcpStream, reply: Reply, stop: &AtomicBool) -> std::io::Result<()> {
    match reply {
        Reply::Ok(kind, body) => {
            stream
                .write_all(head(200, &format!("content-type: {kind}\r\ncontent-length: {}", body.len())).as_bytes())?;
            stream.write_all(&body)
        }
        Reply::Status(status) => stream.write_all(head(status, "content-length: 0").as_bytes()),
        Reply::Redirect(to) => stream.write_all(head(302, &format!("location: {to}\r\ncontent-length: 0")).as_bytes()),
        Reply::Truncated(size, body) => {
            stream.write_all(head(200, &format!("content-length: {size}")).as_bytes())?;
            stream.write_all(&body)
        }
        Reply::Stall(size, body) => {
            stream.write_all(head(200, &format!("content-length: {size}")).as_bytes())?;
            stream.write_all(&body)?;
            wait(stop);
            Ok(())
        }
        Reply::Endless => {
            stream.write_all(head(200, "content-type: application/octet-stream").as_bytes())?;
            loop {
                stream.write_all(&[0; 4096])?;
            }
        }
        Reply::Hang => {
            wait(stop);
            Ok(())
        }
        Reply::Close => Ok(()),
        Reply::Raw(bytes) => stream.write_all(&bytes),
    }
}

fn wait(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn head(status: u16, headers: &str) -> String {
    format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n{headers}\r\n\r\n")
}

//! A real git server over HTTP: `git http-backend` behind [`crate::Server`].

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::{Request, git_command};

/// What `git http-backend` answers for the repositories below `root`: a whole HTTP answer, for [`crate::Reply::Raw`].
pub fn git_http_backend(root: &Path, request: &Request) -> Vec<u8> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let header = |name| request.header(name).unwrap_or_default();
    let mut child = git_command(root)
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", path)
        .env("QUERY_STRING", query)
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("git runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let body = request.body.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&body));
    let output = child.wait_with_output().expect("git ends");
    let _ = writer.join();
    as_http(&output.stdout)
}

/// The answer of a gateway program has a `Status` header in place of a first line.
fn as_http(answer: &[u8]) -> Vec<u8> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(answer.len());
    let (head, body) = answer.split_at(end);
    let body = body.get(4..).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let (status, headers): (Vec<&str>, Vec<&str>) = head.lines().partition(|l| l.starts_with("Status: "));
    let status = status.first().map_or("200 OK", |line| &line[8..]);
    let mut out = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for line in headers {
        out.extend(format!("{line}\r\n").bytes());
    }
    out.extend(b"\r\n");
    out.extend(body);
    out
}

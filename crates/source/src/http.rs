//! HTTP by hand where it matters: redirects, credentials, sizes, retries.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{HeaderMap, Response};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};
use url::Url;

use crate::error::{Result, SourceError};
use crate::limits::Timeouts;
use crate::repository::redact_url;

const MAX_REDIRECTS: usize = 5;
const RETRIES: u32 = 2;

/// A client for GET requests. Cheap to clone; connections are reused.
#[derive(Clone)]
pub struct Http {
    agent: Agent,
    timeouts: Timeouts,
    offline: bool,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Http {{ offline: {} }}", self.offline)
    }
}

/// What to get and how much of it to accept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) accept: Option<&'a str>,
    /// Value of the `Authorization` header, sent to the origin of `url` only.
    pub(crate) authorization: Option<&'a str>,
    pub(crate) max_bytes: u64,
}

/// An answer with its body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: String,
    /// Where the redirects led.
    pub(crate) url: Url,
}

/// Told the bytes received so far and, when the server says so, their total.
pub type Progress<'a> = &'a mut dyn FnMut(u64, Option<u64>);

impl Http {
    /// A client; with `offline` every request is an error.
    pub fn new(timeouts: &Timeouts, offline: bool) -> Http {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(timeouts.connect))
            .timeout_resolve(Some(timeouts.connect))
            .timeout_per_read(Some(timeouts.idle))
            .timeout_per_write(Some(timeouts.idle))
            .timeout_recv_response(Some(timeouts.idle))
            .timeout_global(Some(timeouts.total))
            .user_agent(concat!("faultline/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Http { agent: config.new_agent(), timeouts: timeouts.clone(), offline }
    }

    /// Gets `url` without credentials and writes its content to `sink`; returns the number of bytes.
    ///
    /// Nothing is retried once bytes were written.
    pub fn download(&self, url: &str, max_bytes: u64, sink: &mut dyn Write, progress: Progress) -> Result<u64> {
        let request = Request { url, accept: None, authorization: None, max_bytes };
        let (url, mut response) = self.retry(&request, |url, response| Ok((url, response)))?;
        let total = content_length(response.headers());
        self.copy(&url, &mut response, max_bytes, sink, &mut |n| progress(n, total))
    }

    /// Gets the content of `url` without credentials into memory.
    pub fn bytes(&self, url: &str, max_bytes: u64) -> Result<Vec<u8>> {
        self.get(&Request { url, accept: None, authorization: None, max_bytes }).map(|answer| answer.body)
    }

    /// Gets a whole answer into memory.
    pub(crate) fn get(&self, request: &Request) -> Result<Answer> {
        self.retry(request, |url, mut response| {
            let mut body = Vec::new();
            self.copy(&url, &mut response, request.max_bytes, &mut body, &mut |_| {})?;
            let header = response.headers().get("content-type").and_then(|v| v.to_str().ok());
            Ok(Answer { body, content_type: header.unwrap_or_default().to_ascii_lowercase(), url })
        })
    }

    /// Runs a request, again after failures that may pass.
    fn retry<T>(&self, request: &Request, read: impl Fn(Url, Response<Body>) -> Result<T>) -> Result<T> {
        if self.offline {
            return Err(SourceError::Offline { what: redact_url(request.url) });
        }
        let mut attempt = 0;
        loop {
            match self.follow(request).and_then(|(url, response)| read(url, response)) {
                Err(SourceError::Network { .. } | SourceError::Failed { .. } | SourceError::Truncated { .. })
                    if attempt < RETRIES =>
                {
                    attempt += 1;
                    std::thread::sleep(Duration::from_millis(150 * u64::from(attempt)));
                }
                other => return other,
            }
        }
    }

    /// Follows redirects. Credentials stay with the origin they are meant for; https never becomes http.
    fn follow(&self, request: &Request) -> Result<(Url, Response<Body>)> {
        let first = parse(request.url)?;
        let mut url = first.clone();
        for _ in 0..=MAX_REDIRECTS {
            let authorization = request.authorization.filter(|_| url.origin() == first.origin());
            let response = self.once(&url, request.accept, authorization)?;
            let status = response.status().as_u16();
            match status {
                200..=299 => return Ok((url, response)),
                301 | 302 | 303 | 307 | 308 => url = redirect(&url, response.headers())?,
                _ => return Err(status_error(&url, status)),
            }
        }
        Err(bad_answer(&first, format!("it redirects more than {MAX_REDIRECTS} times")))
    }

    fn once(&self, url: &Url, accept: Option<&str>, authorization: Option<&str>) -> Result<Response<Body>> {
        let mut request = self.agent.get(url.as_str());
        if let Some(accept) = accept {
            request = request.header("accept", accept);
        }
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        request.call().map_err(|e| self.transport_error(url, &e))
    }

    fn copy(
        &self,
        url: &Url,
        response: &mut Response<Body>,
        max_bytes: u64,
        sink: &mut dyn Write,
        progress: &mut dyn FnMut(u64),
    ) -> Result<u64> {
        let shown = redact_url(url.as_str());
        let too_large = || SourceError::TooLarge { what: shown.clone(), limit: max_bytes, unit: "bytes" };
        if content_length(response.headers()).is_some_and(|n| n > max_bytes) {
            return Err(too_large());
        }
        let mut reader = response.body_mut().as_reader();
        let mut buffer = vec![0; 64 << 10];
        let mut count = 0;
        loop {
            let n = match reader.read(&mut buffer) {
                Ok(0) => return Ok(count),
                Ok(n) => n,
                Err(error) => return Err(self.body_error(url, error)),
            };
            count += n as u64;
            if count > max_bytes {
                return Err(too_large());
            }
            sink.write_all(&buffer[..n]).map_err(|e| SourceError::io("download", &e))?;
            progress(count);
        }
    }

    fn body_error(&self, url: &Url, error: std::io::Error) -> SourceError {
        match ureq::Error::from(error) {
            ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                SourceError::Truncated { what: redact_url(url.as_str()) }
            }
            other => self.transport_error(url, &other),
        }
    }

    fn transport_error(&self, url: &Url, error: &ureq::Error) -> SourceError {
        let url = redact_url(url.as_str());
        let timed_out = match error {
            ureq::Error::Timeout(_) => true,
            ureq::Error::Io(e) => e.kind() == std::io::ErrorKind::TimedOut,
            _ => false,
        };
        if timed_out {
            let connecting = matches!(error, ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve));
            let global = matches!(error, ureq::Error::Timeout(ureq::Timeout::Global));
            let time = match (connecting, global) {
                (true, _) => self.timeouts.connect,
                (_, true) => self.timeouts.total,
                _ => self.timeouts.idle,
            };
            return SourceError::Timeout { url, seconds: time.as_secs() };
        }
        SourceError::Network { url, why: error.to_string() }
    }
}

fn parse(address: &str) -> Result<Url> {
    let url = Url::parse(address).ok().filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    url.ok_or_else(|| SourceError::BadInput {
        what: format!("`{}` is not an http or https address", redact_url(address)),
    })
}

fn redirect(from: &Url, headers: &HeaderMap) -> Result<Url> {
    let location = headers.get("location").and_then(|v| v.to_str().ok());
    let location = location.ok_or_else(|| bad_answer(from, "it redirects to nowhere".to_owned()))?;
    let mut to = from.join(location).map_err(|e| bad_answer(from, format!("it redirects to a bad address: {e}")))?;
    if !matches!(to.scheme(), "http" | "https") || (from.scheme() == "https" && to.scheme() == "http") {
        return Err(bad_answer(from, format!("it redirects to {}, which is not https", redact_url(to.as_str()))));
    }
    // A user name in an address the server chose would become a credential.
    let _ = to.set_username("");
    let _ = to.set_password(None);
    Ok(to)
}

fn status_error(url: &Url, status: u16) -> SourceError {
    let shown = redact_url(url.as_str());
    match status {
        404 | 410 => SourceError::NotFound { what: shown },
        401 | 403 | 407 => SourceError::Refused { url: shown, status },
        408 | 429 | 500..=599 => SourceError::Failed { url: shown, status },
        _ => bad_answer(url, format!("status {status}")),
    }
}

fn bad_answer(url: &Url, why: String) -> SourceError {
    SourceError::BadAnswer { url: redact_url(url.as_str()), why }
}

/// The length of the body, unless it is compressed on the way.
fn content_length(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key("content-encoding") {
        return None;
    }
    headers.get("content-length")?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(from: &str, to: &str) -> Result<String> {
        let mut headers = HeaderMap::new();
        headers.insert("location", to.parse().unwrap());
        redirect(&Url::parse(from).unwrap(), &headers).map(|u| u.to_string())
    }

    #[test]
    fn redirects_stay_safe() {
        let from = "https://a.example/x/y";
        assert_eq!(location(from, "../z").unwrap(), "https://a.example/z");
        assert_eq!(location(from, "https://u:p@b.example/").unwrap(), "https://b.example/");
        assert_eq!(location("http://a.example/", "https://b.example/").unwrap(), "https://b.example/");
        for bad in ["http://a.example/", "file:///etc/passwd", "ftp://a.example/", "http://["] {
            assert_eq!(location(from, bad).unwrap_err().code(), "bad_answer", "{bad}");
        }
    }
}

//! Where requests of HTTP/1.1 begin and end, read strictly: what two parsers could read in two ways is refused before
//! hyper's parser sees it (RFC 9112, sections 5, 6 and 11.2).

use std::fmt;

use http::HeaderMap;

/// The longest head of a request.
pub const HEAD_LIMIT: usize = 64 * 1024;
/// The most headers of a request: as many as hyper's parser takes.
const MOST_HEADERS: usize = 100;
/// A chunk's size has eight digits at most; the line also has CR and LF.
const CHUNK_LINE_LIMIT: usize = 10;
/// The longest trailer section.
const TRAILER_LIMIT: usize = 8 * 1024;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its head, or its trailer section, is too long.
    TooLarge,
    /// Its head did not come in time.
    TooSlow,
    /// It is not HTTP/1.1 by the strict reading.
    Malformed(&'static str),
    /// It is one for a forward proxy: its target is a host, or a URL with one.
    ForwardProxy,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str(
                "The request's head is longer than 64 KiB or has more than 100 headers. Send fewer or shorter headers.",
            ),
            Self::TooSlow => f.write_str("The request's head did not arrive in time. Send it in one piece."),
            Self::Malformed(what) => {
                write!(f, "The request is malformed: {what}. Use a client that sends requests as RFC 9112 defines them.")
            }
            Self::ForwardProxy => f.write_str(
                "The request's target is not a path on this server. Set this proxy as the client's base URL, not as its HTTP proxy.",
            ),
        }
    }
}

/// What the next bytes of a connection belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Head,
    /// So many bytes of a body.
    Body(u64),
    ChunkLine,
    /// So many bytes of a chunk with its CR and LF.
    Chunk(u64),
    Trailers,
    /// What follows a request to change the protocol, until that is answered.
    Undecided,
}

/// Follows the requests of one connection.
pub struct Framing {
    part: Part,
    /// The bytes of a head that hold no line break yet.
    searched: usize,
}

impl Default for Framing {
    fn default() -> Self {
        Self { part: Part::Head, searched: 0 }
    }
}

impl Framing {
    /// Whether the next byte begins a request.
    pub fn is_between_requests(&self) -> bool {
        self.part == Part::Head
    }

    /// How many of the bytes at the beginning of `input` are sound. They are never offered again. None if it takes more
    /// bytes to tell.
    ///
    /// # Errors
    /// Why the request is refused; the connection cannot go on.
    pub fn check(&mut self, input: &[u8]) -> Result<usize, Fault> {
        match self.part {
            Part::Head => self.head(input),
            Part::Undecided => Ok(0),
            Part::Body(left) => Ok(self.body(input, left)),
            Part::ChunkLine => self.chunk_line(input),
            Part::Chunk(left) => self.chunk(input, left),
            Part::Trailers => self.trailers(input),
        }
    }

    fn head(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let Some(end) = end_of_lines(input, &mut self.searched, HEAD_LIMIT)? else { return Ok(0) };
        self.searched = 0;
        let lines = input.get(..end - 4).unwrap_or_default();
        self.part = part_after(lines)?;
        Ok(end)
    }

    fn body(&mut self, input: &[u8], left: u64) -> usize {
        let taken = left.min(input.len() as u64);
        self.part = if taken == left { Part::Head } else { Part::Body(left - taken) };
        // No more than the length of a slice.
        usize::try_from(taken).unwrap_or(input.len())
    }

    fn chunk_line(&mut self, input: &[u8]) -> Result<usize, Fault> {
        let wrong = Fault::Malformed("a chunk does not begin with its size and a line break; extensions are refused");
        let Some(end) = input.iter().take(CHUNK_LINE_LIMIT).position(|byte| *byte == b'\n') else {
            let is_possible = input.len() < CHUNK_LINE_LIMIT && digits(input.strip_suffix(b"\r").unwrap_or(input));
            return if input.is_empty() || is_possible { Ok(0) } else { Err(wrong) };
        };
        let size =
            input.get(..end).and_then(|line| line.strip_suffix(b"\r")).filter(|size| digits(size)).ok_or(wrong)?;
        let size = size.iter().fold(0, |sum, digit| sum * 16 + u64::from(hex(*digit)));
        self.part = if size == 0 { Part::Trailers } else { Part::Chunk(size + 2) };
        Ok(end + 1)
    }

    fn chunk(&mut self, input: &[u8], left: u64) -> Result<usize, Fault> {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let after = left - taken as u64;
        for (at, byte) in input.iter().enumerate().take(taken).skip(taken.saturating_sub(2)) {
            let is_sound = match left - at as u64 {
                2 => *byte == b'\r',
                1 => *byte == b'\n',
                _ => true,
            };
            if !is_sound {
                return Err(Fault::Malformed("a chunk and its size do not match"));
            }
        }
        self.part = if after == 0 { Part::ChunkLine } else { Part::Chunk(after) };
        Ok(taken)
    }

    fn trailers(&mut self, input: &[u8]) -> Result<usize, Fault> {
        if input.starts_with(b"\r\n") {
            self.part = Part::Head;
            return Ok(2);
        }
        if b"\r\n".starts_with(input) {
            return Ok(0);
        }
        let Some(end) = end_of_lines(input, &mut self.searched, TRAILER_LIMIT)? else { return Ok(0) };
        self.searched = 0;
        for line in split_lines(input.get(..end - 4).unwrap_or_default()) {
            field(line)?;
        }
        self.part = Part::Head;
        Ok(end)
    }
}

/// The end of the lines at the beginning of `input`, behind the empty one; none if it is not there yet.
fn end_of_lines(input: &[u8], searched: &mut usize, limit: usize) -> Result<Option<usize>, Fault> {
    loop {
        let Some(found) = input.get(*searched..).unwrap_or_default().iter().position(|byte| *byte == b'\n') else {
            *searched = input.len();
            return if input.len() > limit { Err(Fault::TooLarge) } else { Ok(None) };
        };
        let end = *searched + found + 1;
        if end > limit {
            return Err(Fault::TooLarge);
        }
        let before = input.get(..end - 1).unwrap_or_default();
        if !before.ends_with(b"\r") {
            return Err(Fault::Malformed("a line ends with LF without CR"));
        }
        if before == b"\r" {
            return Err(Fault::Malformed("it begins with an empty line"));
        }
        if before.ends_with(b"\r\n\r") {
            return Ok(Some(end));
        }
        *searched = end;
    }
}

fn split_lines(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Each line feed has a carriage return before it.
    lines.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// What follows a head of these lines.
fn part_after(lines: &[u8]) -> Result<Part, Fault> {
    let mut lines = split_lines(lines);
    let is_1_1 = request_line(lines.next().unwrap_or_default())?;
    let (mut length, mut chunked, mut hosts, mut upgrade) = (None, false, 0, false);
    for (number, line) in lines.enumerate() {
        if number >= MOST_HEADERS {
            return Err(Fault::TooLarge);
        }
        let (name, value) = field(line)?;
        if name.eq_ignore_ascii_case(b"content-length") {
            let is_number = !value.is_empty() && value.len() <= 18 && value.iter().all(u8::is_ascii_digit);
            if length.is_some() || !is_number {
                return Err(Fault::Malformed("Content-Length is not one number"));
            }
            length = Some(value.iter().fold(0, |sum: u64, digit| sum * 10 + u64::from(digit - b'0')));
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if chunked || !value.eq_ignore_ascii_case(b"chunked") || !is_1_1 {
                return Err(Fault::Malformed("Transfer-Encoding is not chunked"));
            }
            chunked = true;
        } else if is_length_with_underscore(name) {
            return Err(LENGTH_WITH_UNDERSCORE);
        } else if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            upgrade = true;
        }
    }
    if hosts != 1 {
        return Err(Fault::Malformed("it does not have exactly one Host header"));
    }
    match (length, chunked) {
        (Some(_), true) => Err(Fault::Malformed("it has both Content-Length and Transfer-Encoding")),
        (Some(1..), _) | (_, true) if upgrade => Err(Fault::Malformed("a request to upgrade has a body")),
        _ if upgrade => Ok(Part::Undecided),
        (None | Some(0), false) => Ok(Part::Head),
        (Some(length), false) => Ok(Part::Body(length)),
        (None, true) => Ok(Part::ChunkLine),
    }
}

/// Whether the request line is one of HTTP/1.1, rather than of HTTP/1.0.
fn request_line(line: &[u8]) -> Result<bool, Fault> {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Fault::Malformed("the request line is not a method, a target and a version"));
    };
    target_of_request(method, target)?;
    match version {
        b"HTTP/1.1" => Ok(true),
        b"HTTP/1.0" => Ok(false),
        _ => Err(Fault::Malformed("the version is neither HTTP/1.1 nor HTTP/1.0")),
    }
}

/// Checks a method and its target, of any version of HTTP.
///
/// # Errors
/// Why the request is refused.
pub fn target_of_request(method: &[u8], target: &[u8]) -> Result<(), Fault> {
    if method.is_empty() || !method.iter().all(u8::is_ascii_uppercase) {
        return Err(Fault::Malformed("the method is not a word of capital letters"));
    }
    let is_url = !target.starts_with(b"/") && target.windows(3).any(|part| part == b"://");
    if method == b"CONNECT" || is_url {
        return Err(Fault::ForwardProxy);
    }
    // A fragment would be cut off, and the others are not of a target. hyper's parser takes a backtick only in a query.
    let is_target = |byte: &u8| matches!(byte, 0x21..=0x7e) && !matches!(byte, b'#' | b'"' | b'<' | b'>');
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    if !target.starts_with(b"/") || !target.iter().all(is_target) || path.contains(&b'`') {
        return Err(Fault::Malformed("the target is not a path, with or without a query"));
    }
    Ok(())
}

const LENGTH_WITH_UNDERSCORE: Fault =
    Fault::Malformed("a header that gives a length has an underscore, which some servers read as '-'");

fn is_length_with_underscore(name: &[u8]) -> bool {
    [&b"content_length"[..], b"transfer_encoding"].iter().any(|it| name.eq_ignore_ascii_case(it))
}

/// Checks the headers of a request over HTTP/2, which hyper's parser is the first to see.
///
/// # Errors
/// Why the request is refused.
pub fn headers_of_http2(headers: &HeaderMap) -> Result<(), Fault> {
    if headers.len() > MOST_HEADERS {
        return Err(Fault::TooLarge);
    }
    let is_sound = headers.keys().all(|name| !is_length_with_underscore(name.as_str().as_bytes()));
    if is_sound { Ok(()) } else { Err(LENGTH_WITH_UNDERSCORE) }
}

/// Name and value of a header.
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return Err(Fault::Malformed("a header continues on another line"));
    }
    let colon = line.iter().position(|byte| *byte == b':').ok_or(Fault::Malformed("a header has no colon"))?;
    let (name, value) = line.split_at(colon);
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || !name.iter().all(is_token) {
        return Err(Fault::Malformed("a header's name has a character that is not allowed there"));
    }
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    if value.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
        return Err(Fault::Malformed("a header's value has a control character"));
    }
    Ok((name, value))
}

/// Whether it is the size of a chunk.
fn digits(text: &[u8]) -> bool {
    (1..=8).contains(&text.len()) && text.iter().all(u8::is_ascii_hexdigit)
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` in pieces of `size` bytes; gives what passed, and the fault if there is one.
    fn feed(text: &[u8], size: usize) -> (Vec<u8>, Option<Fault>, Framing) {
        let (mut framing, mut held, mut passed) = (Framing::default(), Vec::new(), Vec::new());
        for piece in text.chunks(size) {
            held.extend_from_slice(piece);
            loop {
                match framing.check(&held) {
                    Ok(0) => break,
                    Ok(sound) => passed.extend(held.drain(..sound)),
                    Err(fault) => return (passed, Some(fault), framing),
                }
                if held.is_empty() {
                    break;
                }
            }
        }
        (passed, None, framing)
    }

    const SOUND: [&str; 9] = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a%20b?c=[d]&e=%2F HTTP/1.0\r\nhost:a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx-sum: 1\r\ny: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nx: \u{e4}\t b\r\n\r\n",
    ];

    #[test]
    fn sound_requests_pass_whole_whatever_the_pieces() {
        for text in SOUND {
            for size in 1..=text.len() {
                let (passed, fault, framing) = feed(text.as_bytes(), size);
                assert_eq!((passed.as_slice(), fault), (text.as_bytes(), None), "{size} of {text:?}");
                assert!(framing.is_between_requests(), "{size} of {text:?}");
            }
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_refused_whatever_the_pieces() {
        let post = |head: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n");
        let chunk = |body: &str| format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        for text in [
            post("Content-Length: 5\r\nTransfer-Encoding: chunked"),
            post("Transfer-Encoding: chunked\r\nContent-Length: 5"),
            post("Content-Length: 5\r\nContent-Length: 5"),
            post("Content-Length: 5\r\nContent-Length: 6"),
            post("Content-Length: 5, 5"),
            post("Content-Length: +5"),
            post("Content-Length: -5"),
            post("Content-Length: 0x5"),
            post("Content-Length:"),
            post("Content-Length: 99999999999999999999"),
            post("Content-Length : 5"),
            post("Content_Length: 5"),
            post("transfer_encoding: chunked"),
            post("Content\u{0}-Length: 5"),
            post("Transfer-Encoding: gzip, chunked"),
            post("Transfer-Encoding: identity"),
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
            post("Transfer-Encoding: xchunked"),
            post("Transfer-Encoding: \u{b}chunked"),
            post("Transfer-Encoding\t: chunked"),
            post("X: a\r\n b"),
            post("X: a\r\n\tb"),
            post("X: a\nTransfer-Encoding: chunked"),
            post("X: a\rTransfer-Encoding: chunked"),
            post("X: a\u{0}b"),
            post("X"),
            post(": a"),
            post("X y: a"),
            post("Host: b"),
            post("Upgrade: websocket\r\nContent-Length: 5"),
            "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            "GET / HTTP/1.1\nHost: a\n\n".to_owned(),
            "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            " GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET  / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET / HTTP/1.1 \r\nHost: a\r\n\r\n".to_owned(),
            "get / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET /\r\n\r\n".to_owned(),
            "GET / HTTP/2.0\r\nHost: a\r\n\r\n".to_owned(),
            "GET / HTTP/1.2\r\nHost: a\r\n\r\n".to_owned(),
            "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            "GET /\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            chunk("5;x=y\r\nhello\r\n0\r\n\r\n"),
            chunk("5 \r\nhello\r\n0\r\n\r\n"),
            chunk("0x5\r\nhello\r\n0\r\n\r\n"),
            chunk("+5\r\nhello\r\n0\r\n\r\n"),
            chunk("\r\nhello\r\n0\r\n\r\n"),
            chunk("5\nhello\r\n0\r\n\r\n"),
            chunk("5\r\nhelloX\r\n0\r\n\r\n"),
            chunk("5\r\nhello\rX0\r\n\r\n"),
            chunk("5\r\nhello\n0\r\n\r\n"),
            chunk("fffffffff\r\n"),
            chunk("000000005\r\nhello\r\n0\r\n\r\n"),
            chunk("0\r\nx: 1\n\r\n"),
            chunk("0\r\nx\r\n\r\n"),
            chunk("0\r\n x: 1\r\n\r\n"),
            chunk("0\r\n\n"),
        ] {
            for size in [1, 2, 3, 7, text.len()] {
                let (_, fault, _) = feed(text.as_bytes(), size);
                assert!(
                    matches!(fault, Some(Fault::Malformed(_) | Fault::ForwardProxy)),
                    "{fault:?} in pieces of {size}: {text:?}"
                );
            }
        }
    }

    #[test]
    fn a_head_has_a_longest_length() {
        let head = |length: usize| {
            let rest = "GET / HTTP/1.1\r\nHost: a\r\nx: \r\n\r\n".len();
            format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}\r\n\r\n", "y".repeat(length - rest))
        };
        assert_eq!(feed(head(HEAD_LIMIT).as_bytes(), 4096).1, None);
        assert_eq!(feed(head(HEAD_LIMIT + 1).as_bytes(), 4096).1, Some(Fault::TooLarge));
        assert_eq!(feed("y".repeat(HEAD_LIMIT + 1).as_bytes(), 4096).1, Some(Fault::TooLarge));
        let trailers = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nx: {}",
            "y".repeat(TRAILER_LIMIT)
        );
        assert_eq!(feed(trailers.as_bytes(), 4096).1, Some(Fault::TooLarge));
    }

    #[test]
    fn what_follows_a_request_to_upgrade_waits_for_the_answer() {
        let text = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
        let (passed, fault, mut framing) = feed(format!("{text}\u{1}\u{2}").as_bytes(), 5);
        assert_eq!((passed.as_slice(), fault), (text.as_bytes(), None));
        assert_eq!((framing.check(b"\x01\x02"), framing.is_between_requests()), (Ok(0), false));
    }

    #[test]
    fn whatever_the_bytes_it_ends_and_passes_each_once() {
        // A linear generator, so that a failure comes again.
        let mut state = 7_u64;
        let mut random = move |most: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % most
        };
        for _ in 0..20_000 {
            let mut text = SOUND[random(SOUND.len())].as_bytes().to_vec();
            for _ in 0..random(4) {
                let at = random(text.len());
                text[at] = b"\r\n :;,0aZ/\x00\x7f"[random(12)];
            }
            let size = 1 + random(text.len());
            let (passed, ..) = feed(&text, size);
            assert!(text.starts_with(&passed));
        }
    }
}

//! Reads a large attachment: it arrives in pieces, whatever its size. A test binary of its own, because the allocator
//! counts all allocations of the process.

use peak_alloc::PeakAlloc;
use rally_wsapi::{Attachment, Config, Rally};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const LEN: u64 = 40_000_000;
const MOST: usize = 8 << 20;

/// Answers every request on one connection; the content is written piece by piece, 3 zeros as `AAAA`.
fn serve(stream: TcpStream) -> usize {
    let mut out = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    let mut requests = 0;
    loop {
        let mut first = String::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return requests;
            }
            if line.trim().is_empty() {
                break;
            }
            if first.is_empty() {
                first = line;
            }
        }
        requests += 1;
        let (head, content, tail) = match first.contains("/attachmentcontent/") {
            true => (
                r#"{"AttachmentContent":{"Errors":[],"Content":""#,
                LEN.div_ceil(3) * 4,
                r#"","Warnings":[]}}"#,
            ),
            false => (
                r#"{"Attachment":{"_ref":"/attachment/2","Name":"large.bin","Content":{"_ref":"/attachmentcontent/3"}}}"#,
                0,
                "",
            ),
        };
        let len = head.len() as u64 + content + tail.len() as u64;
        write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len}\r\n\r\n{head}"
        )
        .unwrap();
        let piece = [b'A'; 16 << 10];
        // 40,000,000 is one more than a multiple of three: the last group is padded.
        let mut left = content.saturating_sub(4);
        while left > 0 {
            let n = left.min(piece.len() as u64);
            out.write_all(&piece[..n as usize]).unwrap();
            left -= n;
        }
        if content > 0 {
            out.write_all(b"AA==").unwrap();
        }
        out.write_all(tail.as_bytes()).unwrap();
    }
}

#[test]
fn a_content_of_40_mb_grows_the_peak_by_at_most_8_mib() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || serve(listener.accept().unwrap().0));
    let config = Config::builder()
        .project("null")
        .server(format!("http://{address}"))
        .api_key("_test_key")
        .build()
        .unwrap();
    let rally = Rally::new(config).unwrap();
    let attachment = Attachment::try_from(rally.get("Attachment", 2).unwrap()).unwrap();
    let path = std::env::temp_dir().join(format!("rally-wsapi-{}-large-down.bin", std::process::id()));
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    assert_eq!(attachment.save(&path).unwrap(), LEN);
    assert_eq!(attachment.write_to(std::io::sink()).unwrap(), LEN);
    let grown = MEMORY.peak_usage().saturating_sub(before);
    println!("the peak grew by {} KiB", grown / 1024);
    let (mut file, mut window, mut zeros) = (std::fs::File::open(&path).unwrap(), [1; 64 << 10], 0);
    loop {
        match file.read(&mut window).unwrap() {
            0 => break,
            n => zeros += window[..n].iter().filter(|b| **b == 0).count() as u64,
        }
    }
    std::fs::remove_file(&path).unwrap();
    assert_eq!(zeros, LEN);
    assert!(grown <= MOST, "the peak grew by {grown} bytes");

    // A content kept in memory takes its own size, not that of its base64 or of a growing buffer.
    MEMORY.reset_peak_usage();
    let bytes = attachment.bytes().unwrap();
    let grown = MEMORY.peak_usage().saturating_sub(before);
    println!("the peak grew by {} KiB", grown / 1024);
    assert_eq!((bytes.len() as u64, bytes.iter().any(|b| *b != 0)), (LEN, false));
    assert!(grown <= LEN as usize + MOST, "the peak grew by {grown} bytes");
    drop(bytes);
    drop((attachment, rally));
    assert_eq!(server.join().unwrap(), 4);
}

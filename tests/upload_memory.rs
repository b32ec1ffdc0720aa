//! Attaches a large file: it is sent in pieces, whatever its size. A test binary of its own, because the allocator
//! counts all allocations of the process.

use peak_alloc::PeakAlloc;
use rally_wsapi::{Config, NewAttachment, Rally};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const LEN: u64 = 40_000_000;
const MOST: usize = 8 << 20;
const FRAME: &str = r#"{"AttachmentContent":{"Content":""}}"#;

/// Answers every request on one connection; reads bodies through a small buffer and discards them.
fn serve(stream: TcpStream) -> Vec<(String, u64, u64)> {
    let mut out = stream.try_clone().unwrap();
    let mut reader = BufReader::with_capacity(64 << 10, stream);
    let mut seen = Vec::new();
    loop {
        let (mut first, mut len) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return seen;
            }
            if first.is_empty() {
                first = line.clone();
            }
            if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                len = n.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let (mut left, mut a, mut window) = (len, 0, [0; 64 << 10]);
        while left > 0 {
            let n = reader.read(&mut window).unwrap();
            assert!(n > 0, "the body ends {left} bytes early");
            a += window[..n].iter().filter(|b| **b == b'A').count() as u64;
            left -= n as u64;
        }
        let id = seen.len() + 50;
        let body = match first
            .split(' ')
            .nth(1)
            .unwrap()
            .split('?')
            .next()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
        {
            "1" => r#"{"Defect":{"_ref":"/defect/1","Workspace":{"_ref":"/workspace/10"}}}"#.to_owned(),
            _ => {
                let made =
                    if first.contains("/attachmentcontent/") { "attachmentcontent" } else { "attachment" };
                format!(
                    r#"{{"CreateResult":{{"Errors":[],"Warnings":[],"Object":{{"_ref":"/{made}/{id}"}}}}}}"#
                )
            }
        };
        write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        seen.push((first, len, a));
    }
}

#[test]
fn a_file_of_40_mb_grows_the_peak_by_at_most_8_mib() {
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
    let defect = rally.get("Defect", 1).unwrap();
    // First a small file, so that connection and buffers exist before memory is measured.
    defect.attach_bytes("warm.bin", vec![0; 1_000]).unwrap();

    let path = std::env::temp_dir().join(format!("rally-wsapi-{}-large.bin", std::process::id()));
    std::fs::File::create(&path).unwrap().set_len(LEN).unwrap();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    defect.attach(&path).unwrap();
    defect.attach_reader("reader.bin", LEN, std::io::repeat(0).take(LEN)).unwrap();
    defect.attach(NewAttachment::file(&path).name("again.bin")).unwrap();
    let grown = MEMORY.peak_usage().saturating_sub(before);
    std::fs::remove_file(&path).unwrap();
    drop((defect, rally));

    println!("the peak grew by {} KiB", grown / 1024);
    assert!(grown <= MOST, "the peak grew by {grown} bytes");
    let sent = server.join().unwrap();
    let large: Vec<_> = sent.iter().filter(|(_, len, _)| *len > LEN).collect();
    assert_eq!(large.len(), 3);
    for (first, len, a) in large {
        assert!(first.starts_with("POST /slm/webservice/v2.0/attachmentcontent/create?"), "{first}");
        // Base64 has four characters for three bytes; zeros are `A`, and the JSON around them has one more.
        assert_eq!(*len, LEN.div_ceil(3) * 4 + FRAME.len() as u64);
        assert!(*a >= LEN / 3 * 4, "{a}");
    }
}

//! A process that ends during a download leaves no file. Alone in its process, which can download nothing afterwards.

use rally_wsapi::ErrorKind;
use rally_wsapi::sandbox::{Fault, Sandbox};
use std::path::Path;
use std::time::Duration;

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn what_is_unfinished_goes_and_nothing_is_begun_after_it() {
    let sandbox = Sandbox::start().unwrap();
    let rally = sandbox.rally().unwrap().in_all_projects();
    let folder = std::env::temp_dir().join(format!("rally-wsapi-{}-unfinished", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let attachment = rally.find("DE2").unwrap().attach_bytes("data.bin", vec![7; 100_000]).unwrap();
    sandbox.fail(Fault::at("/attachmentcontent/*").method("GET").drip(100, Duration::from_millis(5)));
    std::thread::scope(|scope| {
        let save = scope.spawn(|| attachment.save_in(&folder));
        while files(&folder).is_empty() {
            std::thread::yield_now();
        }
        assert!(files(&folder)[0].ends_with(".part"));
        rally_wsapi::remove_unfinished_files();
        assert_eq!(files(&folder), [""; 0]);
        sandbox.heal();
        let error = save.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Input, "{error}");
    });
    let error = attachment.save(folder.join("later.bin")).unwrap_err();
    assert!(error.to_string().contains("the process is ending"), "{error}");
    assert_eq!(files(&folder), [""; 0]);
    std::fs::remove_dir_all(&folder).unwrap();
}

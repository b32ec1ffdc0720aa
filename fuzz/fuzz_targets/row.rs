#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rally_wsapi::fuzzing::row(text));

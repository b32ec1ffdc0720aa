//! `--record` and `--replay`: the same output without a server, and no secret in the file.

#[cfg(unix)]
use crate::run::BINARY;
use crate::run::{Desk, Folder, Run};

const QUERY: [&str; 5] =
    ["query", "Defect", "State = Open", "--fetch", "FormattedID,Name,Owner.EmailAddress"];

/// Records on a sandbox that ends with the command.
fn recorded(flags: &[&str]) -> (Folder, Run) {
    let folder = Folder::new();
    let start = ["--sandbox", "--record", "tape.json"];
    let run = folder.run(&[], &[&start, flags, &QUERY[..]].concat());
    assert!(run.good().contains("DE1 "), "{}", run.out);
    (folder, run)
}

fn replayed(folder: &Folder, arguments: &[&str]) -> Run {
    folder.run(&[], &[&["--replay", "tape.json", "--project", "null"], arguments].concat())
}

#[test]
fn a_recorded_command_replays_without_server_and_key() {
    let (folder, run) = recorded(&["--keep", "*"]);
    assert_eq!(replayed(&folder, &QUERY).good(), run.out);
    // After the command's name; it takes precedence over the variable.
    let behind = [&QUERY[..], &["--project", "null", "--replay=tape.json"]].concat();
    assert_eq!(folder.run(&[("RALLY_RECORD", "other.json")], &behind).good(), run.out);
    assert!(!folder.path().join("other.json").exists());
}

#[test]
fn names_are_recorded_only_if_they_are_kept_and_the_key_never_is() {
    for (flags, name, address) in [
        (&[][..], false, false),
        (&["--keep", "Name"], true, false),
        (&["--keep", "Name,EmailAddress"], true, true),
        (&["--keep", "Name", "--keep", "EmailAddress"], true, true),
        (&["--keep", "*"], true, true),
    ] {
        let (folder, _) = recorded(flags);
        let text = folder.read("tape.json");
        assert_eq!(text.contains("Total is off by one cent"), name, "{flags:?}");
        assert_eq!(text.contains("ann@sandbox.example"), address, "{flags:?}");
        assert!(!text.contains("_sandbox_key"), "{flags:?}");
        assert!(text.contains("\"DE1\"") && replayed(&folder, &QUERY).good().contains("DE1 "), "{flags:?}");
    }
}

#[test]
fn a_recording_on_a_server_asks_it_and_a_replay_does_not() {
    let desk = Desk::new();
    let run = desk.rally(&[&["--record", "tape.json", "--keep", "*"], &QUERY[..]].concat());
    run.good();
    assert_eq!(desk.sent(), ["GET /defect"]);
    assert_eq!(desk.rally(&[&["--replay", "tape.json"], &QUERY[..]].concat()).good(), run.out);
    assert_eq!(desk.sent(), [""; 0]);
}

#[test]
fn what_was_not_recorded_shows_the_nearest_and_what_is_left() {
    let (folder, _) = recorded(&[]);
    let mut other = QUERY;
    other[2] = "State = Fixed";
    let run = replayed(&folder, &other);
    let said = run.bad(1);
    assert!(
        said.contains(
            "the nearest differs in query: recorded `(State = \"Open\")`, asked `(State = \"Fixed\")`"
        ),
        "{said}"
    );
    assert!(said.contains("1 exchange not used, the first: GET /webservice/v2.0/defect?"), "{said}");
}

#[test]
fn flags_that_do_not_go_together_are_told_before_anything_is_done() {
    let folder = Folder::new();
    for (flags, words) in [
        (&["--record", "a.json", "--replay", "a.json"][..], "give one of them"),
        (&["--replay", "a.json", "--sandbox"], "leave --sandbox out"),
        (&["--replay", "a.json", "--keep", "Name"], "--keep can only be used with --record"),
        (&["--sandbox", "--keep", "Name"], "--keep can only be used with --record"),
    ] {
        let run = folder.run(&[], &[flags, &QUERY[..]].concat());
        assert!(run.bad(2).contains(words), "{flags:?}: {}", run.err);
        assert!(!folder.path().join("a.json").exists());
    }
}

#[test]
fn a_broken_recording_says_what_is_wrong_with_it() {
    let (folder, _) = recorded(&[]);
    let good = folder.read("tape.json");
    for (text, words) in [
        (String::new(), "it is empty"),
        (good[..good.len() / 2].to_owned(), "it is cut short, at line"),
        (good.replace("\"rally_cassette\": 1", "\"rally_cassette\": 7"), "it has version 7"),
        ("{}".to_owned(), "it is not a cassette"),
    ] {
        folder.file("tape.json", text);
        let run = replayed(&folder, &QUERY);
        assert!(run.bad(1).contains(&format!("cassette tape.json: {words}")), "{}", run.err);
    }
    std::fs::remove_file(folder.path().join("tape.json")).unwrap();
    assert!(replayed(&folder, &QUERY).bad(1).contains("the file does not exist"));
}

/// A device on which every write fails because it is full.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_once_and_the_command_goes_on() {
    let run = Folder::new().run(&[], &[&["--sandbox", "--record", "/dev/full"], &QUERY[..]].concat());
    assert_eq!(run.code, 0);
    assert!(run.out.contains("DE1 "));
    assert_eq!(run.err.matches("recording ends, the file cannot be written").count(), 1, "{}", run.err);
}

/// The program with a limit on file sizes, as on a disk that fills up.
#[cfg(unix)]
fn rally_with_room(desk: &Desk, bytes: u64, arguments: &[&str]) -> Run {
    let mut shell = desk.folder.command("/bin/sh");
    shell.envs(desk.command().get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Blocks of 512 bytes; without the trap the signal would end the program.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
    Run::of(shell.args(["-c", &script, BINARY]).args(arguments).output().unwrap())
}

#[cfg(unix)]
#[test]
fn an_older_cassette_stays_where_a_newer_one_has_no_room() {
    let desk = Desk::new();
    desk.rally(&[&["--record", "tape.json"], &QUERY[..]].concat()).good();
    let before = desk.folder.read("tape.json");
    let run = rally_with_room(&desk, 512, &["--record", "tape.json", "query", "Story", "--format", "csv"]);
    assert_eq!((run.code, run.err.matches("recording ends").count()), (0, 1), "{}", run.err);
    assert_eq!(desk.folder.read("tape.json"), before);
    // With enough space the newer one replaces it completely.
    desk.rally(&["--record", "tape.json", "query", "Release", "--format", "ids"]).good();
    let after = desk.folder.read("tape.json");
    assert!(after != before && serde_json::from_str::<serde_json::Value>(&after).is_ok(), "{after}");
    assert!(!after.contains("/defect"), "nothing of the older one is left");
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_midway_is_told_once_and_what_fitted_is_whole() {
    const SPRINT: [&str; 5] = ["sprint", "--project", "Shop", "--format", "csv"];
    let desk = Desk::new();
    let exchanges = |name: &str| {
        let cassette: serde_json::Value = serde_json::from_str(&desk.folder.read(name)).unwrap();
        cassette["exchanges"].as_array().unwrap().len()
    };
    let all = desk.rally(&[&["--record", "all.json"], &SPRINT[..]].concat());
    let size = desk.folder.read("all.json").len() as u64;
    let asked = desk.sent();
    let whole = exchanges("all.json");
    assert!(whole >= 2 && asked.len() == whole, "{asked:?}");

    let run = rally_with_room(&desk, size - 1_024, &[&["--record", "half.json"], &SPRINT[..]].concat());
    assert_eq!((run.code, &run.out, desk.sent()), (0, &all.out, asked));
    assert_eq!(run.err.matches("recording ends, the file cannot be written").count(), 1, "{}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    assert_eq!(exchanges("half.json"), whole - 1);
    let replay = desk.rally(&[&["--replay", "half.json"], &SPRINT[..]].concat());
    assert!(replay.code == 1 && replay.err.contains("is not in it"), "{replay:?}");

    // Without space for even the first exchange, no file is left.
    let run = rally_with_room(&desk, 512, &[&["--record", "none.json"], &SPRINT[..]].concat());
    assert_eq!((run.code, &run.out), (0, &all.out));
    assert_eq!(run.err.matches("recording ends, the file cannot be written").count(), 1, "{}", run.err);
    assert!(!desk.folder.path().join("none.json").exists());
}

/// Each run of `rally` in the transcript has a cassette of its own, by the number of the command and its arguments.
#[cfg(unix)]
const BY_CASSETTE: &str = r#"
rally() {
    tape="tapes/$step-$(printf '%s|' "$@" | cksum | tr ' ' '-').json"
    case "$MODE" in
        record) command rally --record "$tape" --keep '*,attachments' "$@" ;;
        replay) if [ -e "$tape" ]; then command rally --replay "$tape" "$@"; else command rally "$@"; fi ;;
    esac
}
"#;

#[cfg(unix)]
#[test]
fn the_everyday_transcript_replays_byte_for_byte() {
    use crate::transcript::{commands, run};
    // What looks at the network itself, and what shows or keeps the settings.
    const OTHER: [&str; 4] = ["rally check", "rally config", "rally login", "rally --profile"];
    let all: Vec<String> = commands().into_iter().filter(|c| !OTHER.iter().any(|o| c.contains(o))).collect();
    let play = |desk: &Desk, mode: &str| {
        let steps = all.iter().enumerate().map(|(number, command)| format!("step={number}; {command}"));
        let steps: Vec<String> =
            [format!("MODE={mode}; mkdir -p tapes{BY_CASSETTE}")].into_iter().chain(steps).collect();
        run(desk, steps.iter().map(String::as_str))
    };
    let desk = Desk::new();
    let recorded = play(&desk, "record");
    assert!(desk.sent().len() > 100, "{}", desk.sent().len());
    let replay = Desk::new();
    std::fs::rename(desk.folder.path().join("tapes"), replay.folder.path().join("tapes")).unwrap();
    let tapes = std::fs::read_dir(replay.folder.path().join("tapes")).unwrap().count();
    assert!(tapes >= 40, "{tapes}");
    let replayed = play(&replay, "replay");
    assert_eq!(replay.sent(), [""; 0]);
    for (command, (replayed, recorded)) in all.iter().zip(replayed.iter().zip(&recorded).skip(1)) {
        assert_eq!(replayed, recorded, "{command}");
    }
}

//! What can stand at the cursor. The shell asks by running the program with a variable set; nothing is sent: names are
//! those of the kept schema, or those that every workspace has.

use crate::args::Cli;
use crate::columns;
use crate::kept::{self, Attribute, Type};
use clap::{Arg, Command, CommandFactory};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use std::env;
use std::ffi::OsStr;

/// Names the shell that asks.
pub(crate) const VARIABLE: &str = "RALLY_COMPLETE";

/// Answers a shell and ends the program, if it is a shell that asks.
pub(crate) fn answer() {
    if env::var_os(VARIABLE).is_some_and(|shell| !shell.is_empty()) {
        CompleteEnv::with_factory(command).var(VARIABLE).bin("rally").completer("rally").complete();
    }
}

/// The commands, their arguments completed by what they hold.
fn command() -> Command {
    let is_bash = env::var_os(VARIABLE).is_some_and(|shell| shell.to_string_lossy().ends_with("bash"));
    Cli::command().mut_subcommands(|sub| sub.mut_args(|argument| completed(argument, is_bash)))
}

fn completed(argument: Arg, is_bash: bool) -> Arg {
    let held = argument.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let complete: fn(&Asked, &str) -> Vec<String> = match held.as_deref() {
        Some("TYPE" | "TYPES") => types,
        Some("PATHS") => paths,
        Some("ATTRIBUTE" | "FIELD" | "COLLECTION" | "FILTER") => fields,
        Some("FIELD=VALUE" | "ID|FIELD=VALUE") => assignments,
        _ => return argument,
    };
    let candidates = move |current: &OsStr| {
        let (asked, current) = (Asked::read(), current.to_string_lossy());
        let all = complete(&asked, &current).into_iter();
        // Bash puts the words in as they are.
        let all = all.map(|word| if is_bash { escaped(&word) } else { word });
        all.map(CompletionCandidate::new).collect::<Vec<_>>()
    };
    argument.add(ArgValueCompleter::new(candidates))
}

/// The words typed so far, and what is known of the workspace.
struct Asked {
    /// Before the cursor, without the program's name.
    words: Vec<String>,
    types: Vec<Type>,
}

impl Asked {
    fn read() -> Asked {
        let words = env::args_os().skip_while(|word| word != "--").skip(2);
        let all: Vec<String> = words.map(|word| word.to_string_lossy().into_owned()).collect();
        let index = env::var("_CLAP_COMPLETE_INDEX").ok().and_then(|index| index.parse::<usize>().ok());
        let before = index.map_or(all.len().saturating_sub(1), |index| index.saturating_sub(1));
        Asked { words: all.into_iter().take(before).collect(), types: kept::types() }
    }

    /// The type that is spoken of: named, or by the letters of an id.
    fn type_at_hand(&self) -> Option<&Type> {
        let by_name = |word: &String| self.types.iter().find(|one| one.is_named(word));
        let by_id = |word: &String| {
            let letters = word.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            self.types
                .iter()
                .find(|one| one.prefix.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(letters)))
        };
        let named = self.words.iter().zip(self.words.iter().skip(1));
        let mut named =
            named.filter(|(flag, _)| matches!(flag.as_str(), "--type" | "--types")).map(|(_, name)| name);
        let mut plain = self.words.iter().filter(|word| !word.starts_with('-'));
        let takes_type = plain
            .next()
            .is_some_and(|command| ["query", "create", "schema", "values"].contains(&command.as_str()));
        match (named.find_map(by_name), takes_type) {
            (Some(found), _) => Some(found),
            (None, true) => plain.next().and_then(by_name),
            (None, false) => plain.find_map(by_id),
        }
    }

    fn attributes(&self) -> Vec<Attribute> {
        match self.type_at_hand() {
            Some(one) if !one.attributes.is_empty() => one.attributes.clone(),
            Some(one) => columns::usual(&one.path).into_iter().map(Attribute::named).collect(),
            None => Vec::new(),
        }
    }
}

fn begins(name: &str, with: &str) -> bool {
    name.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with))
}

/// The last of a list with commas, with those before it.
fn in_list(current: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let (before, last) = current.rsplit_once(',').map_or(("", current), |(before, last)| (before, last));
    let comma = if before.is_empty() { "" } else { "," };
    names.filter(|name| begins(name, last)).map(|name| format!("{before}{comma}{name}")).collect()
}

fn types(asked: &Asked, current: &str) -> Vec<String> {
    in_list(current, asked.types.iter().map(|one| one.name().to_owned()))
}

fn paths(asked: &Asked, current: &str) -> Vec<String> {
    in_list(current, asked.attributes().into_iter().map(|one| one.name))
}

fn fields(asked: &Asked, current: &str) -> Vec<String> {
    let own = |name: &String| {
        begins(name, current) || name.strip_prefix("c_").is_some_and(|rest| begins(rest, current))
    };
    asked.attributes().into_iter().map(|one| one.name).filter(own).collect()
}

fn assignments(asked: &Asked, current: &str) -> Vec<String> {
    let attributes = asked.attributes();
    let values = |name: &str, begin: &str| -> Vec<String> {
        let found = attributes.iter().find(|one| one.name.eq_ignore_ascii_case(name));
        let all = found.map(|one| one.values.clone()).unwrap_or_default();
        all.into_iter().filter(|value| begins(value, begin)).collect()
    };
    // Bash makes three words of `State=Op`, and two of `State=`.
    let words: Vec<&str> = asked.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [.., name, "="] => return values(name, current),
        [.., name] if current.is_empty() && attributes.iter().any(|one| one.name == *name) => {
            return values(name, "");
        }
        _ => {}
    }
    match current.split_once('=') {
        Some((name, begin)) => {
            values(name, begin).into_iter().map(|value| format!("{name}={value}")).collect()
        }
        None => {
            let writable = attributes.iter().filter(|one| !one.is_read_only && begins(&one.name, current));
            writable.map(|one| format!("{}=", one.name)).collect()
        }
    }
}

/// As it is typed.
fn escaped(word: &str) -> String {
    let mut safe = String::with_capacity(word.len());
    for c in word.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-./,=:@+%".contains(c) {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Asked {
        let attribute = |name: &str, values: &[&str]| Attribute {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            ..Attribute::named(name.to_owned())
        };
        let mut types = kept::standard();
        let defect = types.iter_mut().find(|one| one.path == "Defect").unwrap();
        defect.attributes = vec![
            attribute("State", &["Open", "Closed"]),
            attribute("Severity", &["Major Problem"]),
            attribute("c_KanbanState", &[]),
            Attribute { is_read_only: true, ..Attribute::named("StateChanged".to_owned()) },
        ];
        Asked { words: words.iter().map(|word| (*word).to_owned()).collect(), types }
    }

    #[test]
    fn types_fields_and_values_follow_what_is_typed() {
        assert_eq!(types(&asked(&["query"]), "defects"), ["DefectSuite"]);
        assert_eq!(types(&asked(&["query"]), "Story,Ta"), ["Story,Task", "Story,Tag"]);
        assert_eq!(paths(&asked(&["query", "defect"]), "State,st"), ["State,State", "State,StateChanged"]);
        assert_eq!(fields(&asked(&["history", "DE12"]), "sev"), ["Severity"]);
        assert_eq!(fields(&asked(&["history", "DE12"]), "kan"), ["c_KanbanState"]);
        assert_eq!(fields(&asked(&["update", "12", "--type", "Defect"]), "x"), [""; 0]);
        let update = asked(&["update", "DE1-DE3"]);
        assert_eq!(assignments(&update, "st"), ["State="]);
        assert_eq!(assignments(&update, "State=O"), ["State=Open"]);
        assert_eq!(assignments(&asked(&["update", "DE1", "State", "="]), "c"), ["Closed"]);
        assert_eq!(assignments(&asked(&["update", "DE1", "State"]), ""), ["Open", "Closed"]);
        assert_eq!(assignments(&asked(&["update", "XX1"]), ""), [""; 0]);
        // Not within a letter of several bytes.
        assert_eq!(fields(&asked(&["history", "DE12"]), "Sé"), [""; 0]);
    }

    #[test]
    fn a_shell_that_takes_words_as_they_are_gets_them_as_they_are_typed() {
        assert_eq!(escaped("Severity=Major Problem"), "Severity=Major\\ Problem");
        assert_eq!(escaped("a$(b)`c`'d\"\\é"), "a\\$\\(b\\)\\`c\\`\\'d\\\"\\\\é");
    }
}

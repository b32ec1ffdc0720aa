//! `rally results`

use crate::failure::{Failure, Tally};
use crate::junit::{self, Test};
use crate::rows::Format;
use crate::show::Show;
use crate::stdio::say;
use crate::text::{counted, one_line};
use crate::verdicts::{self, Verdict};
use crate::{targets, written};
use rally_wsapi::{Entity, Error, Id, Mutation, Outcome, Rally};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The reports, as JUnit XML
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,

    /// The build that was tested, as people call it
    #[arg(long, value_name = "NAME")]
    build: String,

    /// Test cases of tests whose names do not say them: a file of lines `test,TC12`
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,

    /// The test set that was run, as TS5
    #[arg(long, value_name = "ID")]
    test_set: Option<String>,

    /// When it was run, as 2026-05-18T03:59:59Z; now without it
    #[arg(long, value_name = "TIME")]
    date: Option<String>,

    /// Who ran it: a user name, an e-mail address, @me
    #[arg(long, value_name = "USER")]
    tester: Option<String>,

    /// A result for each test, also where several are of one test case
    #[arg(long)]
    each: bool,

    /// Send skipped tests too, as Inconclusive
    #[arg(long)]
    skipped: bool,

    /// Print the results in place of sending them
    #[arg(long)]
    dry_run: bool,

    #[command(flatten)]
    show: Show,
}

impl Args {
    /// All reports are read, and all test cases found, before the first result is sent.
    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        if self.build.trim().is_empty() {
            return Err(Failure::usage("--build is blank; name the build that was tested, as --build 1.4.2"));
        }
        let tests = self.tests()?;
        let verdicts = verdicts::merged(&tests, self.each, self.skipped);
        if verdicts.is_empty() {
            return nothing_to_send(&tests);
        }
        let mut tally = Tally::default();
        let cases = self.cases(rally, &verdicts, &mut tally)?;
        let due = verdicts.iter().filter_map(|one| Some((one, cases.get(&one.case)?)));
        let date = self.date.clone().unwrap_or_else(|| format!("{:.3}", rally.now()));
        // A result is where its test case is, whichever project the settings name.
        let rally = rally.in_all_projects();
        let (due, mutations): (Vec<&Verdict>, Vec<Mutation>) = due
            .map(|(one, case)| (one, Mutation::create("TestCaseResult", self.fields(one, case, &date))))
            .unzip();
        // What is wrong with the flags, and what they name and is not there, is found before anything is sent.
        for preview in rally.batch(mutations.clone()).preview()? {
            preview?;
        }
        let sent: Vec<Option<Result<Outcome, Error>>> = match self.dry_run {
            true => due.iter().map(|_| None).collect(),
            false => written::send(&rally, mutations)?.into_iter().map(Some).collect(),
        };
        self.print(due.into_iter().zip(sent).collect(), &mut tally, out)?;
        tally.finish()
    }

    /// The tests of all reports, each with its test cases.
    fn tests(&self) -> Result<Vec<(Test, Vec<String>)>, Failure> {
        let mapping = self.map.as_deref().map(verdicts::mapping).transpose()?.unwrap_or_default();
        let mut tests: Vec<(Test, Vec<String>)> = Vec::new();
        for file in &self.files {
            let with_cases = |test: Test| {
                let cases = verdicts::cases(&test, &mapping);
                (test, cases)
            };
            tests.extend(junit::read(file)?.into_iter().map(with_cases));
        }
        tell_unused(&mapping, &tests);
        tell_unmapped(&tests);
        tell_odd_times(&tests);
        Ok(tests)
    }

    /// A line or a row for each; `None` stands for what was not sent.
    fn print(
        &self,
        all: Vec<(&Verdict, Option<Result<Outcome, Error>>)>,
        tally: &mut Tally,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let word = |result: &Option<Result<Outcome, Error>>| match result {
            None => "to record",
            Some(Ok(_)) => "recorded",
            Some(Err(_)) => "refused",
        };
        if self.show.format.is_some() {
            let columns = ["TestCase", "Verdict", "Tests", "Duration", "Build", "Result"];
            let mut rows = self.show.rows(out, Format::Table, &columns);
            for (one, result) in &all {
                rows.row(&[
                    one.case.as_str().into(),
                    one.word().into(),
                    (one.tests.len() as u64).into(),
                    one.duration.into(),
                    self.build.as_str().into(),
                    word(result).into(),
                ])?;
            }
            rows.finish()?;
        }
        for (one, result) in all {
            let what = word(&result);
            if let Some(Err(error)) = result {
                tally.flush(out);
                tally.failed(&Failure::About(one.case.clone(), error));
                continue;
            }
            tally.done(1);
            if self.show.format.is_none() {
                let tests = counted(one.tests.len() as u64, "test");
                let line = format!("{what} {} {} of {tests}", one.case, one.word());
                tally.line(out, one_line(&line));
            }
        }
        Ok(())
    }

    /// The test cases of the results, by one query.
    fn cases(
        &self,
        rally: &Rally,
        results: &[Verdict],
        tally: &mut Tally,
    ) -> Result<HashMap<String, Entity>, Failure> {
        let ids: Vec<Id> = results.iter().filter_map(|one| one.case.parse().ok()).collect();
        let found = targets::known(rally, Some("TestCase"), &ids, |query| query.fetch("FormattedID,Name"))?;
        let cases: HashMap<String, Entity> =
            found.into_iter().map(|(id, entity)| (id.to_string(), entity)).collect();
        let mut told: Vec<&str> = Vec::new();
        for one in results.iter().filter(|one| !cases.contains_key(&one.case)) {
            if !told.contains(&one.case.as_str()) {
                told.push(&one.case);
                let tests = one.tests.join(", ");
                let text = one_line(&format!("no test case {} is there; it is named by {tests}", one.case));
                tally.failed(&Failure::NotThere(text));
            }
        }
        Ok(cases)
    }

    fn fields(&self, one: &Verdict, case: &Entity, date: &str) -> Value {
        let mut fields = json!({
            "TestCase": case,
            "Build": self.build,
            "Verdict": one.word(),
            "Date": date,
        });
        if let Some(all) = fields.as_object_mut() {
            let notes = one.notes();
            let more = [
                ("Notes", (!notes.is_empty()).then(|| json!(notes))),
                ("Duration", one.duration.map(|time| json!(time))),
                ("TestSet", self.test_set.as_ref().map(|set| json!(set))),
                ("Tester", self.tester.as_ref().map(|who| json!(who))),
            ];
            all.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        fields
    }
}

/// Times that are not numbers of seconds.
fn tell_odd_times(tests: &[(Test, Vec<String>)]) {
    let odd = tests.iter().filter(|(_, cases)| !cases.is_empty()).filter_map(|(test, _)| {
        let text = test.odd_time.as_deref()?;
        Some(format!("{} (`{text}`)", test.full_name()))
    });
    let odd: Vec<String> = odd.collect();
    if !odd.is_empty() {
        let shown: Vec<&str> = odd.iter().map(String::as_str).take(50).collect();
        let more = if odd.len() > shown.len() { ", .." } else { "" };
        let (count, text) = (counted(odd.len() as u64, "time"), shown.join(", "));
        let verb = if odd.len() == 1 { "is" } else { "are" };
        say(&one_line(&format!("{count} {verb} not taken, not being a number of seconds: {text}{more}")));
    }
}

/// Tests that are of no test case.
/// A build that records nothing by mistake must not stay green; one without tests, or with skipped ones only, may.
fn nothing_to_send(tests: &[(Test, Vec<String>)]) -> Result<(), Failure> {
    if tests.iter().any(|(_, cases)| !cases.is_empty()) || tests.is_empty() {
        say("no test was run: nothing to send");
        return Ok(());
    }
    let remedy =
        "put the ID of a test case in the names of its tests, as in `test_tc12_pays`, or give --map FILE";
    Err(Failure::NotThere(format!("no test names a test case: nothing is sent; {remedy}")))
}

/// A test that was renamed leaves its line of --map behind.
fn tell_unused(mapping: &HashMap<String, Vec<String>>, tests: &[(Test, Vec<String>)]) {
    let is_used = |name: &str| tests.iter().any(|(test, _)| test.name == name || test.full_name() == name);
    let mut unused: Vec<&str> = mapping.keys().map(String::as_str).filter(|name| !is_used(name)).collect();
    unused.sort_unstable();
    if !unused.is_empty() {
        say(&one_line(&format!("no report has a test that --map names: {}", unused.join(", "))));
    }
}

fn tell_unmapped(tests: &[(Test, Vec<String>)]) {
    let names: Vec<String> =
        tests.iter().filter(|(_, cases)| cases.is_empty()).map(|(test, _)| test.full_name()).collect();
    if !names.is_empty() {
        let name = if names.len() == 1 { "names" } else { "name" };
        let shown: Vec<&str> = names.iter().map(String::as_str).take(50).collect();
        let more = if names.len() > shown.len() { ", .." } else { "" };
        let text = shown.join(", ");
        let tests = counted(names.len() as u64, "test");
        say(&one_line(&format!("{tests} {name} no test case: {text}{more}")));
    }
}

//! `rally probe`: questions about a server whose answers are not documented.

mod answers;
mod asker;
mod dates;
mod queries;
mod reply;
mod trial;
mod writing;

use self::asker::Asker;
use self::reply::{Answer, Stop, Unknown};
use self::trial::Trial;
use crate::failure::{self, Failure};
use crate::rows::{Format, Rows};
use crate::show::Show;
use rally_wsapi::Rally;
use std::io::Write;
use std::rc::Rc;

/// After this number of questions in a row without an answer the others are not asked.
const ENOUGH: usize = 3;

/// A question about the server. `A` is what it is asked with.
struct Question<A> {
    name: &'static str,
    /// What is asked, to be answered by yes or no.
    asks: &'static str,
    ask: fn(&A) -> Result<Answer, Stop>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also ask what must be written to be known, on a defect made in this project and deleted again
    #[arg(long, value_name = "PROJECT")]
    write_in_project: Option<String>,

    #[command(flatten)]
    show: Show,
}

impl Args {
    pub(crate) fn writes(&self) -> bool {
        self.write_in_project.is_some()
    }

    pub(crate) fn run(&self, rally: &Rally, out: &mut dyn Write) -> Result<(), Failure> {
        // A wrong name is reported before anything is sent.
        let project = self.write_in_project.as_deref().map(|name| rally.in_project(name).project());
        let project = project.transpose()?;
        let asker = Rc::new(Asker::new(rally));
        let mut report = Report::new(&self.show, out);
        for question in queries::ALL.iter().chain(answers::ALL).chain(dates::ALL) {
            let answer = report.ask(question, &asker);
            report.tell(question, &answer)?;
        }
        let mut left = None;
        if let Some(project) = project.as_ref().and_then(|project| project.reference()) {
            // The defect is deleted before anything is printed, which can fail.
            let trial = Trial::begin(asker.clone(), project);
            let written: Vec<_> = writing::ALL.iter().map(|one| (one, report.ask(one, &trial))).collect();
            left = trial.end().err();
            for (question, answer) in written {
                report.tell(question, &answer)?;
            }
            let answer = report.ask(&trial::AFTER, &trial);
            report.tell(&trial::AFTER, &answer)?;
        }
        // Seen even where nothing else was.
        let answer = match asker.was_told_to_pause() {
            true => Ok(Answer::Yes),
            false => report.ask(&answers::PAUSES, &asker),
        };
        report.tell(&answers::PAUSES, &answer)?;
        let finished = report.finish();
        left.map_or(finished, Err)
    }
}

/// Where the answers go.
enum Form<'o> {
    Lines(&'o mut dyn Write),
    Rows(Rows<'o>),
}

/// The answers, and what they come to.
struct Report<'o> {
    form: Form<'o>,
    answered: usize,
    unknown: usize,
    /// Questions in a row to which the server said nothing.
    silent: usize,
    /// Why the others are not asked.
    given_up: Option<String>,
}

impl<'o> Report<'o> {
    fn new(show: &Show, out: &'o mut dyn Write) -> Report<'o> {
        let form = match show.format {
            None => Form::Lines(out),
            Some(_) => Form::Rows(show.rows(out, Format::Table, &["Question", "Answer", "Asked"])),
        };
        Report { form, answered: 0, unknown: 0, silent: 0, given_up: None }
    }

    fn ask<A>(&mut self, question: &Question<A>, with: &A) -> Result<Answer, String> {
        if let Some(why) = &self.given_up {
            return Err(format!("not asked: {why}"));
        }
        match (question.ask)(with) {
            Ok(answer) | Err(Stop::Answered(answer)) => {
                self.silent = 0;
                Ok(answer)
            }
            Err(Stop::Unknown(unknown)) => {
                let Unknown { why, is_final, is_silence } = unknown;
                self.silent = if is_silence { self.silent.saturating_add(1) } else { 0 };
                if is_final || self.silent >= ENOUGH {
                    self.given_up = Some(why.clone());
                }
                Err(why)
            }
        }
    }

    fn tell<A>(&mut self, question: &Question<A>, answer: &Result<Answer, String>) -> Result<(), Failure> {
        let (text, count) = match answer {
            Ok(answer) => (answer.to_string(), &mut self.answered),
            Err(why) => (format!("unknown: {why}"), &mut self.unknown),
        };
        *count = count.saturating_add(1);
        match &mut self.form {
            Form::Lines(out) => {
                writeln!(out, "{:<27} {text}", question.name)?;
                Ok(out.flush()?)
            }
            Form::Rows(rows) => rows.row(&[question.name.into(), text.into(), question.asks.into()]),
        }
    }

    fn finish(self) -> Result<(), Failure> {
        if let Form::Rows(rows) = self.form {
            rows.finish()?;
        }
        match (self.answered, self.unknown) {
            (_, 0) => Ok(()),
            (0, _) => Err(Failure::Told(failure::REFUSED)),
            _ => Err(Failure::Told(failure::PARTLY)),
        }
    }
}

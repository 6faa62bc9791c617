//! What a server told, step by step, as one text: two frameworks that say the same give the same text.

use crate::flow::wire::Reply;
use std::fmt::Write;

#[derive(Default)]
pub(crate) struct Transcript(String);

impl Transcript {
    /// Notes an answer with its status, its header fields and its body, and hands it back.
    pub(crate) fn note(&mut self, step: &str, reply: Reply) -> Reply {
        let mut fields: Vec<_> = reply
            .headers
            .iter()
            .filter(|(name, _)| !BY_THE_CONNECTION.contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("text")))
            .collect();
        fields.sort();
        write!(self.0, "## {step}\n{}\n{}\n{}\n\n", reply.status, fields.concat(), reply.body)
            .expect("a text takes whatever is written");
        reply
    }

    /// Fails with the first step that was told otherwise; where that is on purpose, the file is changed by hand.
    pub(crate) fn is(&self, expected: &str) {
        let steps = |text: &str| text.split("\n## ").map(str::to_owned).collect::<Vec<_>>();
        let (told, expected) = (steps(self.0.trim_end()), steps(expected.trim_end()));
        for (told, expected) in told.iter().zip(&expected) {
            assert_eq!(told, expected);
        }
        assert_eq!(told.len(), expected.len(), "the script is longer or shorter than its transcript");
    }
}

/// Fields that say nothing of what was asked.
const BY_THE_CONNECTION: [&str; 3] = ["connection", "content-length", "date"];

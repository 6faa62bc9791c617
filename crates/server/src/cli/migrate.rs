//! `countersign migrate`.

use super::{Place, block_on, output};
use crate::{database::Database, error::Error};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    place: Place,
    /// Change nothing: tell whether the database is up to date; exit code 0 only if it is
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(super) fn run(self) -> Result<(), Error> {
        if self.check {
            return self.check();
        }
        let stores = self.place.stores_or_made()?;
        output::line(format_args!("{} is up to date", stores.database))
    }

    fn check(&self) -> Result<(), Error> {
        let config = self.place.read()?;
        let missing = block_on(async {
            let database = Database::of(&config)?;
            Ok((database.missing().await?, database))
        });
        match missing.map_err(|error| config.located(error))? {
            (0, database) => output::line(format_args!("{database} is up to date")),
            (missing, database) => {
                let plural = if missing == 1 { "" } else { "s" };
                Err(Error::Refused(format!(
                    "{database} lacks {missing} migration{plural}: `countersign migrate` does that, and so does a server at its start"
                )))
            }
        }
    }
}

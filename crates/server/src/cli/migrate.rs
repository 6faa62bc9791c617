//! `countersign migrate`.

use super::{Place, block_on, output, reseal};
use crate::{
    database::{Absent, Database},
    error::Error,
    reseal::{Which, never_sealed},
};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    place: Place,
    /// Change nothing: tell whether the database is up to date, and every secret in it sealed; exit code 0 only if so
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(super) fn run(self) -> Result<(), Error> {
        if self.check {
            return self.check();
        }
        let stores = self.place.stores_or_made()?;
        let plain = block_on(never_sealed(&*stores.rows))?;
        if plain > 0 {
            self.seal(plain)?;
        }
        output::line(format_args!("{} is up to date", stores.database))
    }

    /// Seals what never was, under a ring that fits what is sealed already.
    fn seal(&self, plain: u64) -> Result<(), Error> {
        let stores = self.place.stores_to_seal()?;
        output::complain(format_args!("{plain} secrets were never sealed: they are sealed now"));
        let report = reseal::watched(&stores, Which::Plain, reseal::BATCH)?;
        report.first_left.iter().for_each(reseal::complain);
        output::complain(format_args!("sealed {} secrets under {}", report.resealed, report.key));
        output::complain(reseal::left_over(stores.database.clean_up()));
        if report.left == 0 {
            return Ok(());
        }
        Err(Error::Refused(format!("{} secrets were left as they were", report.left)))
    }

    fn check(&self) -> Result<(), Error> {
        let config = self.place.read()?;
        let checked = block_on(async {
            let database = Database::of(&config)?;
            let missing = database.missing().await?;
            if missing > 0 {
                let plural = if missing == 1 { "" } else { "s" };
                return Err(Error::Refused(format!(
                    "{database} lacks {missing} migration{plural}: `countersign migrate` does that, and so does a server at its start"
                )));
            }
            match never_sealed(&*database.open(Absent::Refuse).await?).await? {
                0 => Ok(database),
                plain => Err(Error::Refused(format!(
                    "{database} holds {plain} secrets that were never sealed: `countersign migrate` seals them"
                ))),
            }
        });
        let database = checked.map_err(|error| config.located(error))?;
        output::line(format_args!("{database} is up to date"))
    }
}

//! OSV records in, a compact database, matching; vulnerable symbols and their grades.
//!
//! Pure: opening files and fetching is the caller's part.

mod advisory;
mod database;
pub mod derive;
mod exploited;
mod fixes;
mod groups;
mod interval;
mod matching;
pub mod osv;
mod read;
pub mod record;
mod severity;
mod symbols;
mod symbols_file;
pub mod sync;
mod table;
mod target;
mod unordered;
mod vers;

pub use advisory::{Advisory, AffectedPackage};
pub use database::{Database, DatabaseError};
pub use exploited::{Enrichment, Epss, Exploited, parse_epss, parse_exploited};
pub use fixes::{Fix, fixes};
pub use matching::Group;
pub use read::{ARCHIVE_LIMIT, Batch, ENTRY_LIMIT, Problem, RECORD_LIMIT, read_files};
pub use record::Record;
pub use severity::{Label, Severity, of_record as severity_of};
pub use symbols::{Grade, SymbolKind, SymbolSpec, declared as declared_symbols};
pub use symbols_file::{SYMBOLS_FILE, SymbolsEntry, SymbolsFile};
pub use target::{Target, TargetError};
pub use unordered::unordered;

//! The only place of foreign and human output formats: tables and SARIF.

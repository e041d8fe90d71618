//! Stages as idempotent jobs: index, analyse, answer. Maps domain types to the store.

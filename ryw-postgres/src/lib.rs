//! ryw-postgres

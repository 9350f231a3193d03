//! How connections are made and kept: what a URL or sqlx's options say holds, a role needs no privileges, and a read costs
//! one round trip.

mod connections {
    mod options;
    mod privileges;
    mod round_trips;
    mod tls;
}

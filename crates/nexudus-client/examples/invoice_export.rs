//! Writes invoices as CSV: `cargo run --example invoice_export`.

use std::io::Write;

use nexudus_client::model::billing::CoworkerInvoice;
use nexudus_client::{Client, Direction};

#[path = "start/mod.rs"]
mod start;

#[tokio::main]
async fn main() -> Result<(), start::Failure> {
    let (_sandbox, client) = start::start().await?;
    let mut out = Vec::new();
    let count = run(&client, &mut out).await?;
    std::io::stdout().write_all(&out)?;
    eprintln!("{count} invoices");
    Ok(())
}

/// Writes all invoices in the order of their creation. Gives their number.
pub(crate) async fn run(client: &Client, out: &mut (impl Write + Send)) -> Result<usize, start::Failure> {
    let list = client.coworker_invoices().list().order_by(CoworkerInvoice::CREATED_ON, Direction::Ascending);
    // Two pages at a time: one is written while the next one is on its way.
    let mut invoices = list.page_size(200).in_flight(2).items();
    writeln!(out, "id,number,customer,due,total")?;
    let mut count = 0;
    while let Some(invoice) = invoices.next().await {
        let invoice = invoice?;
        let text =
            |value: &Option<String>| format!("\"{}\"", value.as_deref().unwrap_or_default().replace('"', "\"\""));
        writeln!(
            out,
            "{},{},{},{},{}",
            invoice.id().map_or_else(String::new, |id| id.to_string()),
            text(&invoice.invoice_number),
            text(&invoice.bill_to_name),
            invoice.due_date.as_ref().map_or_else(String::new, ToString::to_string),
            // A decimal, so that no cent is lost on the way.
            invoice.total_amount.map_or_else(String::new, |total| total.to_string()),
        )?;
        count += 1;
    }
    Ok(count)
}

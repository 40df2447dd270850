//! Tables as virsh draws them.

use super::escape::Cell;

/// Columns are as wide as their widest cell, three blanks apart; where there is no header, it does not count. What a row has
/// beyond the header is left out. Rows are made twice, and never all at once: a table costs no memory but its text.
pub(super) fn draw<'a, const N: usize>(
    out: &mut Vec<u8>,
    header: &[&str],
    rows: impl Iterator<Item = [Cell<'a>; N]> + Clone,
    quiet: bool,
) {
    let header: Vec<Cell<'_>> = header.iter().copied().map(Cell::plain).collect();
    let mut widths: Vec<usize> = header.iter().map(|cell| if quiet { 0 } else { cell.width }).collect();
    for row in rows.clone() {
        for (width, cell) in widths.iter_mut().zip(&row) {
            *width = cell.width.max(*width);
        }
    }
    if !quiet {
        put_row(out, &header, &widths);
        let dashes: usize = widths.iter().map(|width| width + 3).sum();
        out.resize(out.len() + dashes, b'-');
        out.push(b'\n');
    }
    rows.for_each(|row| put_row(out, &row, &widths));
}

/// The last cell is not padded.
fn put_row(out: &mut Vec<u8>, row: &[Cell<'_>], widths: &[usize]) {
    let mut padding = 0;
    for (cell, width) in row.iter().zip(widths) {
        out.resize(out.len() + padding, b' ');
        out.push(b' ');
        out.extend_from_slice(&cell.bytes);
        padding = width.saturating_sub(cell.width) + 2;
    }
    out.push(b'\n');
}

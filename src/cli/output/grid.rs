//! Tables as virsh draws them.

use super::escape::Cell;

/// The widest that others are padded for. The name of a network is that of a file: 255 bytes, each shown by at most four
/// columns. To pad thousands of rows for one that is wider would take gigabytes.
const WIDTH_MAX: usize = 1024;

/// Columns are as wide as their widest cell, three blanks apart; where there is no header, it does not count. What a row has
/// beyond the header is left out. Rows are made twice, and never all at once: a table costs no memory but its text.
pub(super) fn draw<'a, const N: usize>(
    out: &mut Vec<u8>,
    header: &[&str],
    rows: impl ExactSizeIterator<Item = [Cell<'a>; N]> + Clone,
    quiet: bool,
) {
    let header: Vec<Cell<'_>> = header.iter().copied().map(Cell::plain).collect();
    let mut widths: Vec<usize> = header.iter().map(|cell| if quiet { 0 } else { cell.width }).collect();
    for row in rows.clone() {
        for (width, cell) in widths.iter_mut().zip(&row).filter(|(_, cell)| cell.width <= WIDTH_MAX) {
            *width = cell.width.max(*width);
        }
    }
    if !quiet {
        put_row(out, &header, &widths);
        let dashes: usize = widths.iter().map(|width| width + 3).sum();
        out.resize(out.len() + dashes, b'-');
        out.push(b'\n');
    }
    // What is written at least: the last cell may be anything.
    let padded: usize = widths.iter().rev().skip(1).map(|width| width + 3).sum();
    out.reserve(rows.len().saturating_mul(padded));
    rows.for_each(|row| put_row(out, &row, &widths));
}

/// The last cell is not padded.
fn put_row(out: &mut Vec<u8>, row: &[Cell<'_>], widths: &[usize]) {
    let mut blanks = 1;
    for (cell, width) in row.iter().zip(widths) {
        out.resize(out.len() + blanks, b' ');
        out.extend_from_slice(&cell.bytes);
        blanks = width.saturating_sub(cell.width) + 3;
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::{Cell, WIDTH_MAX, draw};

    fn drawn(rows: &[[&str; 2]], quiet: bool) -> String {
        let mut out = Vec::new();
        draw(&mut out, &["Name", "State"], rows.iter().map(|row| row.map(Cell::plain)), quiet);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_the_last_is_not_padded() {
        let rows = [["a", "active"], ["default", "-"]];
        assert_eq!(
            drawn(&rows, false),
            " Name      State\n-------------------\n a         active\n default   -\n"
        );
        assert_eq!(drawn(&rows, true), " a         active\n default   -\n");
        assert_eq!(drawn(&[], false), " Name   State\n---------------\n");
    }

    #[test]
    fn nothing_is_padded_for_one_cell_that_no_name_can_fill() {
        let (widest, wider) = ("w".repeat(WIDTH_MAX), "w".repeat(WIDTH_MAX + 1));
        let padded = format!(" a{}-\n {widest}   -\n", " ".repeat(WIDTH_MAX + 2));
        assert_eq!(drawn(&[["a", "-"], [&widest, "-"]], true), padded);
        assert_eq!(drawn(&[["a", "-"], [&wider, "-"]], true), format!(" a   -\n {wider}   -\n"));
    }
}

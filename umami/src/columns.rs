//! Arrays of the caller: rows of numbers, the event index fastest.
//!
//! Knows pointers and the layout; knows no key. Entry `row` of event `k` of a call lies at
//! `stride * row + offset + k`.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::null_mut;

use crate::fault::Fault;

/// The events of a call in arrays that hold more.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    count: usize,
    stride: usize,
    offset: usize,
}

impl Window {
    /// `count` events from `offset` on, in arrays of `stride`.
    ///
    /// # Errors
    /// Events beyond the end of the arrays.
    pub fn new(count: usize, stride: usize, offset: usize) -> Result<Self, Fault> {
        match offset.checked_add(count) {
            Some(end) if end <= stride || count == 0 => Ok(Self {
                count,
                stride,
                offset,
            }),
            _ => Err(Fault::found(
                "the layout",
                format!("count {count}, offset {offset}, stride {stride}"),
                "offset + count of at most stride",
            )),
        }
    }

    /// Number of events.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Checks a pointer to `rows` rows of `T`.
    fn pointer<T>(&self, data: *mut c_void, rows: usize, name: &str) -> Result<*mut T, Fault> {
        if self.count == 0 {
            return Ok(null_mut());
        }
        let data = data.cast::<T>();
        let size = rows.checked_mul(self.stride);
        let size = size.and_then(|n| n.checked_mul(size_of::<T>()));
        if data.is_null() {
            return Err(Fault::found(name, "a null pointer", "an array"));
        }
        if !data.is_aligned() {
            let expected = format!("a multiple of {}", align_of::<T>());
            return Err(Fault::found(
                name,
                format!("the address {data:p}"),
                expected,
            ));
        }
        if size.is_none_or(|n| isize::try_from(n).is_err()) {
            return Err(Fault::found(
                name,
                format!("stride {}", self.stride),
                "less",
            ));
        }
        Ok(data)
    }
}

/// Rows of numbers that are read.
#[derive(Clone, Copy)]
pub struct Input<'a, T> {
    data: *const T,
    rows: usize,
    window: Window,
    caller: PhantomData<&'a [T]>,
}

impl<T: Copy> Input<'_, T> {
    /// `rows` rows of the window at a pointer that a caller names.
    ///
    /// # Errors
    /// A null pointer, or one that is not aligned.
    ///
    /// # Safety
    /// `data` is null, or each row holds numbers for the events of the window, which nobody
    /// writes while the result lives.
    pub unsafe fn new(
        data: *const c_void,
        rows: usize,
        window: Window,
        name: &str,
    ) -> Result<Self, Fault> {
        let data = window
            .pointer::<T>(data.cast_mut(), rows, name)?
            .cast_const();
        Ok(Self {
            data,
            rows,
            window,
            caller: PhantomData,
        })
    }

    /// Some events of a row.
    pub fn row(&self, row: usize, events: Range<usize>) -> &[T] {
        assert!(row < self.rows && events.start <= events.end && events.end <= self.window.count);
        if events.is_empty() {
            return &[];
        }
        let begin = self.window.stride * row + self.window.offset + events.start;
        // SAFETY: row and events lie within what the caller of `new` vouched for, and the
        // pointer is aligned and not null, because there are events.
        unsafe { std::slice::from_raw_parts(self.data.add(begin), events.len()) }
    }

    /// The number of an event.
    pub fn get(&self, row: usize, event: usize) -> T {
        self.row(row, event..event + 1)[0]
    }
}

/// A row of numbers that are written.
pub struct Output<'a, T> {
    data: *mut T,
    window: Window,
    caller: PhantomData<&'a mut [T]>,
}

impl<T: Copy> Output<'_, T> {
    /// A row of the window at a pointer that a caller names.
    ///
    /// # Errors
    /// A null pointer, or one that is not aligned.
    ///
    /// # Safety
    /// `data` is null, or has room for the events of the window, which nobody else reads or
    /// writes while the result lives.
    pub unsafe fn new(data: *mut c_void, window: Window, name: &str) -> Result<Self, Fault> {
        let data = window.pointer::<T>(data, 1, name)?;
        Ok(Self {
            data,
            window,
            caller: PhantomData,
        })
    }

    /// Writes the number of an event.
    pub fn set(&self, event: usize, value: T) {
        assert!(event < self.window.count);
        // SAFETY: the event lies within what the caller of `new` vouched for, and the pointer
        // is aligned and not null, because there are events.
        unsafe { self.data.add(self.window.offset + event).write(value) }
    }
}

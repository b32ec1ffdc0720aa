//! An allocator that says what is allocated and freed.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};

/// Passes the bytes allocated to a function, those freed as a negative number.
pub(crate) struct Counting(pub(crate) fn(isize));

// SAFETY: every call is passed to the system's allocator unchanged; only sizes are counted.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        (self.0)(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        (self.0)(-(layout.size() as isize));
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        (self.0)(size as isize - layout.size() as isize);
        unsafe { System.realloc(place, layout, size) }
    }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellAfterKey, cellsInView, gridShape } from '../src/lib/grid';

const square = (width: number) => width;
const tall = () => 50;

test('as many columns as fit, and cells that fill the width', () => {
    const shape = gridShape(10, 430, { minCellWidth: 100, gap: 10, cellHeight: square });
    assert.equal(shape.columns, 4);
    assert.equal(shape.cellWidth, 100);
    assert.equal(shape.rowPitch, 110);
    assert.equal(shape.rows, 3);
    assert.equal(shape.height, 320);
    assert.equal(gridShape(10, 90, { minCellWidth: 100, cellHeight: square }).columns, 1);
    assert.equal(gridShape(0, 430, { minCellWidth: 100, gap: 10, cellHeight: square }).height, 0);
});

test('a hundred thousand rows draw a screenful', () => {
    const shape = gridShape(100_000, 800, { cellHeight: tall });
    assert.equal(shape.height, 5_000_000);
    const { begin, end } = cellsInView(shape, 100_000, 2_500_000, 600, 4);
    assert.equal(begin, 50_000 - 4);
    assert.equal(end, 50_012 + 4);
    assert.deepEqual(cellsInView(shape, 100_000, -900, 600, 4), { begin: 0, end: 4 });
    assert.deepEqual(cellsInView(shape, 3, 0, 600, 4), { begin: 0, end: 3 });
});

test('arrow keys keep to their column and do not slip off the ends', () => {
    const shape = gridShape(10, 430, { minCellWidth: 100, gap: 10, cellHeight: square });
    const after = (key: string, from: number) => cellAfterKey(key, from, 10, shape, 220);
    assert.equal(after('ArrowDown', 1), 5);
    assert.equal(after('ArrowUp', 1), 1);
    assert.equal(after('ArrowUp', 5), 1);
    assert.equal(after('ArrowDown', 7), 9);
    assert.equal(after('ArrowDown', 9), 9);
    assert.equal(after('ArrowRight', 9), 9);
    assert.equal(after('Home', 7), 0);
    assert.equal(after('End', 2), 9);
    assert.equal(after('PageDown', 0), 4);
    assert.equal(after('x', 0), undefined);
    const list = gridShape(10, 430, { cellHeight: tall });
    assert.equal(cellAfterKey('ArrowRight', 3, 10, list, 220), undefined);
    assert.equal(cellAfterKey('ArrowDown', 3, 10, list, 220), 4);
});

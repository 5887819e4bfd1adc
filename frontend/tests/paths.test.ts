import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hrefOf, matchPath } from '../src/lib/paths';

test('a pattern takes its parts from the path', () => {
    assert.deepEqual(matchPath('/albums/:id', '/albums/12'), { id: '12' });
    assert.deepEqual(matchPath('/', '/'), {});
    assert.deepEqual(matchPath('/tracks', '/tracks/'), {});
    assert.equal(matchPath('/albums/:id', '/albums'), undefined);
    assert.equal(matchPath('/albums', '/albums/12'), undefined);
    assert.equal(matchPath('/albums/:id', '/artists/12'), undefined);
});

test('parts are decoded, and a stray percent sign stands for itself', () => {
    assert.deepEqual(matchPath('/genres/:name', '/genres/R%26B%20%2F%20Soul'), {
        name: 'R&B / Soul',
    });
    assert.deepEqual(matchPath('/genres/:name', '/genres/100%'), { name: '100%' });
});

test('a star takes the rest, also nothing', () => {
    assert.deepEqual(matchPath('/care/*', '/care'), { '*': '' });
    assert.deepEqual(matchPath('/care/*', '/care/cache/now'), { '*': 'cache/now' });
});

test('empty values leave no trace in an address', () => {
    assert.equal(hrefOf('/tracks', { sort: 'title', q: '', after: undefined }), '/tracks?sort=title');
    assert.equal(hrefOf('/tracks', { q: undefined }), '/tracks');
    assert.equal(hrefOf('/search', { q: 'rain & sun' }), '/search?q=rain+%26+sun');
});

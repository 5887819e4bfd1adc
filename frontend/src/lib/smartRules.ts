import type { SmartCondition, SmartRules, SmartTest } from '../api/catalog';

/** What the editor of smart playlists knows: one level of tests, which all or some must hold. */

export type FieldKind = 'text' | 'number' | 'truth' | 'date';

export const kFields = {
    title: 'text',
    artist: 'text',
    album: 'text',
    albumArtist: 'text',
    composer: 'text',
    genre: 'text',
    comment: 'text',
    codec: 'text',
    path: 'text',
    year: 'number',
    durationSeconds: 'number',
    bpm: 'number',
    rating: 'number',
    playCount: 'number',
    integratedLufs: 'number',
    loudnessRangeLu: 'number',
    sampleRateHz: 'number',
    bitRateKbps: 'number',
    starred: 'truth',
    compilation: 'truth',
    added: 'date',
    lastPlayed: 'date',
    starredAt: 'date',
} as const satisfies Record<string, FieldKind>;

export type Field = keyof typeof kFields;

export const kOperators: Readonly<Record<FieldKind, readonly string[]>> = {
    text: ['contains', 'is', 'isNot', 'startsWith'],
    number: ['is', 'isNot', 'gt', 'lt', 'inRange'],
    truth: ['is'],
    date: ['inTheLast', 'notInTheLast', 'before', 'after'],
};

export interface Draft {
    match: 'all' | 'any';
    tests: SmartTest[];
    /** Conditions that this editor cannot show; they are kept as they are. */
    others: SmartCondition[];
    /** "" is the library's order, "random" one of chance. */
    orderBy: string;
    descending: boolean;
    /** Tracks; nothing: no limit. */
    limit: number | undefined;
    limitMinutes: number | undefined;
}

const isTest = (condition: SmartCondition): condition is SmartTest => 'field' in condition;

function isKnown(condition: SmartCondition): condition is SmartTest {
    if (!isTest(condition) || !(condition.field in kFields)) return false;
    const kind = kFields[condition.field as Field];
    return kOperators[kind].includes(condition.operator);
}

export function draftOf(rules: SmartRules): Draft {
    const draft: Draft = {
        match: 'all',
        tests: [],
        others: [],
        orderBy: '',
        descending: false,
        limit: undefined,
        limitMinutes: undefined,
    };
    const { match, order, limit } = rules;
    let conditions: readonly SmartCondition[] = [];
    if (match && 'all' in match) conditions = match.all;
    else if (match && 'any' in match) {
        conditions = match.any;
        draft.match = 'any';
    } else if (match) conditions = [match];
    for (const condition of conditions) {
        if (isKnown(condition)) draft.tests.push({ ...condition });
        else draft.others.push(condition);
    }
    if (order && 'random' in order) draft.orderBy = 'random';
    else if (order?.[0]) {
        draft.orderBy = order[0].by;
        draft.descending = order[0].direction === 'descending';
    }
    if (limit && 'tracks' in limit) draft.limit = limit.tracks;
    else if (limit) draft.limitMinutes = limit.minutes;
    return draft;
}

export function rulesOf(draft: Draft): SmartRules {
    const conditions = [...draft.tests, ...draft.others];
    const rules: SmartRules = {};
    if (conditions.length > 0) {
        rules.match = draft.match === 'all' ? { all: conditions } : { any: conditions };
    }
    if (draft.orderBy === 'random') rules.order = { random: null };
    else if (draft.orderBy) {
        rules.order = [
            { by: draft.orderBy, direction: draft.descending ? 'descending' : 'ascending' },
        ];
    }
    if (draft.limit !== undefined) rules.limit = { tracks: draft.limit };
    else if (draft.limitMinutes !== undefined) rules.limit = { minutes: draft.limitMinutes };
    return rules;
}

/** A test of a field with what one would usually ask of it. */
export function newTest(field: Field): SmartTest {
    const kind = kFields[field];
    const operator = kOperators[kind][0] ?? 'is';
    switch (kind) {
        case 'text':
            return { field, operator, value: '' };
        case 'truth':
            return { field, operator, value: true };
        case 'date':
            return { field, operator, value: 30 };
        case 'number':
            return field === 'rating'
                ? { field, operator: 'gt', value: 3 }
                : { field, operator: 'gt', value: 0 };
    }
}

/** The same test with another operator, whose value is of the form that it takes. */
export function withOperator(test: SmartTest, operator: string): SmartTest {
    const { field, value } = test;
    const number = Array.isArray(value) ? Number(value[0]) : Number(value);
    const known = Number.isFinite(number) ? number : 0;
    if (operator === 'inRange') return { field, operator, value: [known, known] };
    if (operator === 'before' || operator === 'after') {
        const day = typeof value === 'string' ? value : new Date().toISOString().slice(0, 10);
        return { field, operator, value: day };
    }
    if (operator === 'inTheLast' || operator === 'notInTheLast') {
        return { field, operator, value: typeof value === 'number' ? value : 30 };
    }
    return { field, operator, value: Array.isArray(value) ? known : value };
}

import { useSignal } from '@preact/signals';
import type { Track } from '../../api/types';
import { plural } from '../../lib/format';
import { setQuery } from '../../lib/router';
import { genreList, trackList } from '../../model/lists';
import { play, playRow, playShuffled } from '../../model/playing';
import { strings } from '../../strings';
import { FilterIcon, PlayIcon, ShuffleIcon } from '../icons';
import { EmptyLibrary } from '../States';
import { TrackRows, type Column } from '../TrackRows';
import { Instead, ListState, OrderButton, PageHead, QueryChoice } from './parts';
import type { PageProps } from './registry';
import { useLoaded } from './useLoaded';

const words = strings.library;
const itself = (track: Track) => track;
const idOf = (track: Track) => track.id;
/** As many names as one still finds in a list to choose from. */
const kMostGenres = 500;

/** Sorts that begin with the most, and what a row says besides its album. */
const kDescending = new Set(['added', 'plays', 'lastPlayed', 'year', 'duration', 'bpm']);
const kColumns: Partial<Record<string, Column>> = {
    year: 'year',
    genre: 'genre',
    plays: 'plays',
    added: 'added',
    codec: 'codec',
    sampleRate: 'rate',
    lastPlayed: 'played',
};
const kSorts = [
    'library',
    'title',
    'artist',
    'album',
    'genre',
    'year',
    'duration',
    'added',
    'plays',
    'lastPlayed',
    'bpm',
    'codec',
    'sampleRate',
    'random',
] as const;
const kFilters = [
    'genre',
    'codec',
    'played',
    'starred',
    'ratingFrom',
    'yearFrom',
    'yearTo',
] as const;
/** Those that are one of a few: name in the address, label, values and what they are called. */
const kChoices = [
    ['played', words.which, words.whichPlayed],
    ['starred', words.stars, words.whichStarred],
    ['ratingFrom', words.rating, words.whichRated],
    ['codec', words.format, words.codecs],
] as const;

const clearFilters = () =>
    setQuery(Object.fromEntries(kFilters.map((name) => [name, undefined])));

export default function TracksPage({ query }: PageProps) {
    const sort = query.get('sort') ?? 'library';
    const first = kDescending.has(sort) ? 'desc' : 'asc';
    const filters = Object.fromEntries(
        kFilters.map((name) => [name, query.get(name) ?? undefined]),
    );
    const filtered = kFilters.some((name) => query.has(name));
    const filtersOpen = useSignal(filtered);
    const filtering = filtersOpen.value;
    const list = trackList({
        sort,
        order: query.get('order') ?? first,
        seed: sort === 'random' ? (query.get('seed') ?? '1') : undefined,
        ...filters,
    });
    const genres = genreList({ sort: 'name', order: 'asc' });
    const { value: names } = useLoaded('genres', () => genres.take(0, kMostGenres));
    if (list.status.value === 'loading') list.need(0, 40);
    const count = list.count.value;
    const column = kColumns[sort];
    return (
        <div class="page-body">
            <PageHead
                title={strings.shell.tracks}
                facts={count > 0 && list.exact ? plural(count, 'track') : undefined}
            >
                <button
                    type="button"
                    class="round"
                    aria-label={words.playAll}
                    title={words.playAll}
                    onClick={() => void play(list)}
                >
                    <PlayIcon />
                </button>
                <button
                    type="button"
                    class="round"
                    aria-label={words.shuffleAll}
                    title={words.shuffleAll}
                    onClick={() => void playShuffled(list)}
                >
                    <ShuffleIcon />
                </button>
                <QueryChoice
                    name="sort"
                    label={words.sortBy}
                    query={query}
                    resets={{ order: undefined }}
                    choices={kSorts.map((value) => ({ value, label: words.sorts[value] }))}
                />
                {sort !== 'random' && <OrderButton query={query} first={first} />}
                <button
                    type="button"
                    class={`plain${filtering ? ' is-on' : ''}`}
                    aria-expanded={filtering}
                    aria-controls="filters"
                    aria-label={words.filter}
                    onClick={() => (filtersOpen.value = !filtering)}
                >
                    <FilterIcon />
                    <span class="wide">{words.filter}</span>
                </button>
            </PageHead>
            <div class="filters" id="filters" hidden={!filtering}>
                <QueryChoice
                    name="genre"
                    label={words.genre}
                    query={query}
                    choices={[
                        { value: '', label: words.allGenres },
                        ...(names ?? []).map(({ id, name }) => ({ value: id, label: name })),
                    ]}
                />
                {kChoices.map(([name, label, choices]) => (
                    <QueryChoice
                        key={name}
                        name={name}
                        label={label}
                        query={query}
                        choices={choices.map(([value, text]) => ({ value, label: text }))}
                    />
                ))}
                <YearField name="yearFrom" label={words.yearFrom} query={query} />
                <YearField name="yearTo" label={words.yearTo} query={query} />
                {filtered && (
                    <button type="button" class="plain" onClick={clearFilters}>
                        {words.showAll}
                    </button>
                )}
            </div>
            <ListState
                status={list.status.value}
                count={count}
                empty={
                    filtered ? (
                        <Instead title={words.nothingMatches}>
                            <button type="button" class="plain" onClick={clearFilters}>
                                {words.showAll}
                            </button>
                        </Instead>
                    ) : sort === 'plays' || sort === 'lastPlayed' ? (
                        <Instead title={words.nothingPlayed} text={words.nothingPlayedText} />
                    ) : (
                        <EmptyLibrary />
                    )
                }
            />
            <TrackRows
                list={list}
                trackOf={itself}
                keyOf={idOf}
                label={strings.shell.tracks}
                columns={column ? ['album', column] : ['album']}
                onPlay={(index) => void playRow(list, index)}
            />
        </div>
    );
}

function YearField(props: { name: string; label: string; query: URLSearchParams }) {
    return (
        <input
            class="field year"
            type="text"
            inputMode="numeric"
            pattern="[0-9]{4}"
            maxLength={4}
            placeholder={props.label}
            aria-label={props.label}
            value={props.query.get(props.name) ?? ''}
            onInput={(event) => {
                const { value } = event.currentTarget;
                if (value === '' || /^\d{4}$/.test(value)) setQuery({ [props.name]: value });
            }}
        />
    );
}

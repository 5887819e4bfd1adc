import type { ComponentChildren, JSX } from 'preact';
import type { ListStatus } from '../../lib/pagedList';
import { setQuery } from '../../lib/router';
import { unreachable } from '../../model/library';
import { play, playShuffled, type Source } from '../../model/playing';
import { strings } from '../../strings';
import { Mark, MoreIcon, PlayIcon, ShuffleIcon } from '../icons';
import { openMenu, placeOf, type MenuItem } from '../Menu';

/** Pieces that pages are made of. */

interface HeadProps {
    title: string;
    /** "214 albums" */
    facts?: string | undefined;
    children?: ComponentChildren;
}

export function PageHead({ title, facts, children }: HeadProps) {
    return (
        <header class="page-head">
            <h2>{title}</h2>
            {facts && <p class="quiet">{facts}</p>}
            <div class="page-tools">{children}</div>
        </header>
    );
}

/** The head of an album, artist, genre or playlist: a picture, what it is, and what to do with it. */
export function Hero(props: {
    kind: string;
    title: string;
    art: JSX.Element;
    /** Shown large and faint behind it. */
    backdrop?: string | undefined;
    lines: ComponentChildren;
    source: Source;
    menu: readonly MenuItem[];
    children?: ComponentChildren;
}) {
    return (
        <header class="hero">
            {props.backdrop && (
                <div
                    class="hero-ground"
                    aria-hidden="true"
                    style={{ backgroundImage: `url("${props.backdrop}")` }}
                />
            )}
            <div class="hero-art">{props.art}</div>
            <div class="hero-words">
                <p class="hero-kind">{props.kind}</p>
                <h2>{props.title}</h2>
                <div class="hero-lines">{props.lines}</div>
                <div class="hero-tools">
                    <button type="button" class="filled" onClick={() => void play(props.source)}>
                        <PlayIcon />
                        {strings.library.play}
                    </button>
                    <button
                        type="button"
                        class="plain"
                        onClick={() => void playShuffled(props.source)}
                    >
                        <ShuffleIcon />
                        {strings.library.shuffle}
                    </button>
                    {props.children}
                    <button
                        type="button"
                        class="round"
                        aria-haspopup="menu"
                        aria-label={strings.library.menuFor(props.title)}
                        title={strings.shell.more}
                        onClick={(event) =>
                            openMenu(
                                placeOf(event),
                                strings.library.menuFor(props.title),
                                props.menu,
                            )
                        }
                    >
                        <MoreIcon />
                    </button>
                </div>
            </div>
        </header>
    );
}

/** What is shown where there is nothing. */
export function Instead(props: {
    title: string;
    text?: string;
    alert?: boolean;
    children?: ComponentChildren;
}) {
    return (
        <div class="instead" role={props.alert ? 'alert' : undefined}>
            <Mark />
            <h2>{props.title}</h2>
            {props.text && <p>{props.text}</p>}
            {props.children}
        </div>
    );
}

export function NotAnswering() {
    return (
        <Instead title={strings.shell.notAnswering} text={strings.shell.notAnsweringText} alert />
    );
}

/** A list's state while it has no rows; nothing when it has some. */
export function ListState(props: {
    status: ListStatus;
    count: number;
    empty: ComponentChildren;
}): JSX.Element | null {
    if (props.count > 0) return null;
    if (unreachable.value || props.status === 'failed') return <NotAnswering />;
    if (props.status === 'loading') {
        return <p class="lazy-wait" role="status" aria-label={strings.shell.loading} />;
    }
    return <>{props.empty}</>;
}

export interface Choice {
    value: string;
    label: string;
}

/** A choice that is part of the address: `name=value`; the first one is what holds without it. */
export function QueryChoice(props: {
    name: string;
    label: string;
    choices: readonly Choice[];
    query: URLSearchParams;
    /** Other parts of the address that begin anew with this choice. */
    resets?: Readonly<Record<string, undefined>>;
}) {
    const first = props.choices[0]?.value ?? '';
    return (
        <span class="select">
            <select
                aria-label={props.label}
                value={props.query.get(props.name) ?? first}
                onChange={(event) => {
                    const { value } = event.currentTarget;
                    setQuery({
                        ...props.resets,
                        [props.name]: value === first ? undefined : value,
                    });
                }}
            >
                {props.choices.map(({ value, label }) => (
                    <option key={value} value={value}>
                        {label}
                    </option>
                ))}
            </select>
        </span>
    );
}

/** Turns the order round. */
export function OrderButton({ query, first }: { query: URLSearchParams; first: 'asc' | 'desc' }) {
    const other = first === 'asc' ? 'desc' : 'asc';
    const now = query.get('order') ?? first;
    return (
        <button
            type="button"
            class="round order"
            aria-label={strings.library.direction(now === 'desc')}
            title={strings.library.direction(now === 'desc')}
            data-order={now}
            onClick={() => setQuery({ order: now === first ? other : undefined })}
        >
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 5v14M6.500 13.500 12 19l5.500-5.500" />
            </svg>
        </button>
    );
}

import { useSignal } from '@preact/signals';
import { catalog } from '../api/catalog';
import type { Track } from '../api/types';
import { unreachable } from '../model/library';

/** Sizes that the server keeps; the next larger one is asked for. */
const kSizes = [64, 128, 256, 512, 1024] as const;

function sizeFor(cssPx: number): number {
    const wanted = cssPx * Math.min(2, devicePixelRatio || 1);
    return kSizes.find((size) => size >= wanted) ?? 1024;
}

interface Props {
    /** About how large it is drawn, CSS pixels. */
    size: number;
    /** Pictures further down are loaded when they come near. */
    eager?: boolean;
    class?: string;
}

function Picture({ url, size, eager, class: name }: Props & { url: string | undefined }) {
    /** The address that failed: another one, or the server being back, is a new try. */
    const failed = useSignal('');
    const key = `${url}${unreachable.value}`;
    return (
        <span class={`art${name ? ` ${name}` : ''}`}>
            {url && failed.value !== key && (
                <img
                    key={url}
                    src={url}
                    alt=""
                    width={size}
                    height={size}
                    loading={eager ? 'eager' : 'lazy'}
                    decoding="async"
                    draggable={false}
                    onError={() => (failed.value = key)}
                />
            )}
        </span>
    );
}

/** An album's picture; the server draws one for albums that have none. Decoration: words stand beside it. */
export function AlbumArt({ id, ...props }: Props & { id: string }) {
    return <Picture url={catalog.albumArtUrl(id, sizeFor(props.size))} {...props} />;
}

/** A track's picture: that of its album, which many tracks share, where it has one. */
export function TrackArt({ track, ...props }: Props & { track: Track | undefined }) {
    const size = sizeFor(props.size);
    const url =
        track &&
        (track.albumId
            ? catalog.albumArtUrl(track.albumId, size)
            : catalog.trackArtUrl(track.id, size));
    return <Picture url={url} {...props} />;
}

import type { Album } from '../api/catalog';
import type { PagedList } from '../lib/pagedList';
import { useQuiet } from '../lib/quiet';
import { play, tracksOfAlbum } from '../model/playing';
import { strings } from '../strings';
import { AlbumArt } from './Artwork';
import { MoreIcon, PlayIcon } from './icons';
import { ListGrid } from './ListGrid';
import { openMenu, placeOf } from './Menu';
import { musicItems } from './trackMenu';

const words = strings.library;
const kTilePx = 168;
const kGapPx = 20;
/** As many as are seen of a row before it is scrolled; the rest follows. */
const kAtFirst = 8;
const kWordsPx = 54;
const tileHeight = (width: number) => width + kWordsPx;

export const albumItems = (album: Album) =>
    musicItems(tracksOfAlbum(album.id), { kind: 'album', id: album.id, label: album.title });

/** An album's picture with its names; the picture leads to its page. */
export function AlbumTile({
    album,
    tabIndex = 0,
    eager,
}: {
    album: Album;
    tabIndex?: 0 | -1;
    eager?: boolean;
}) {
    const artist = album.artists[0];
    return (
        <article
            class="tile"
            onContextMenu={(event) =>
                openMenu(placeOf(event), words.menuFor(album.title), albumItems(album))
            }
        >
            <div class="tile-art">
                <a
                    href={`/albums/${album.id}`}
                    data-focus
                    tabIndex={tabIndex}
                    aria-label={words.albumBy(album.title, album.artist)}
                >
                    <AlbumArt id={album.id} size={220} {...(eager ? { eager } : {})} />
                </a>
                <button
                    type="button"
                    class="round play tile-play"
                    tabIndex={tabIndex}
                    aria-label={words.playAlbum(album.title)}
                    title={words.play}
                    onClick={() => void play(tracksOfAlbum(album.id))}
                >
                    <PlayIcon />
                </button>
                <button
                    type="button"
                    class="round tile-more"
                    tabIndex={tabIndex}
                    aria-haspopup="menu"
                    aria-label={words.menuFor(album.title)}
                    title={strings.shell.more}
                    onClick={(event) =>
                        openMenu(placeOf(event), words.menuFor(album.title), albumItems(album))
                    }
                >
                    <MoreIcon />
                </button>
            </div>
            <p class="tile-title">{album.title}</p>
            <p class="tile-facts">
                {artist ? (
                    <a href={`/artists/${artist.id}`} tabIndex={-1}>
                        {album.artist}
                    </a>
                ) : (
                    album.artist || words.unknownArtist
                )}
                {album.year > 0 && ` · ${album.year}`}
            </p>
        </article>
    );
}

/** Albums as tiles, as many as there are. */
export function AlbumGrid({ list, label }: { list: PagedList<Album>; label: string }) {
    return (
        <ListGrid
            list={list}
            class="tiles"
            label={label}
            minCellWidth={kTilePx}
            gap={kGapPx}
            cellHeight={tileHeight}
            blank={
                <div class="tile is-blank" aria-hidden="true">
                    <span class="art" />
                </div>
            }
            render={(album, tabIndex) => <AlbumTile album={album} tabIndex={tabIndex} />}
        />
    );
}

/** A few albums in a row that scrolls sideways. */
export function Shelf({
    title,
    href,
    albums,
    eager,
}: {
    title: string;
    href?: string;
    albums: readonly Album[] | undefined;
    eager?: boolean;
}) {
    const quiet = useQuiet();
    if (albums?.length === 0) return null;
    return (
        <section class="shelf" aria-label={title}>
            <h3>{href ? <a href={href}>{title}</a> : title}</h3>
            <ul class="shelf-row">
                {albums
                    ? albums.slice(0, quiet ? undefined : kAtFirst).map((album) => (
                          <li key={album.id}>
                              <AlbumTile album={album} {...(eager ? { eager } : {})} />
                          </li>
                      ))
                    : Array.from({ length: 6 }, (_, i) => (
                          <li key={i} aria-hidden="true">
                              <div class="tile is-blank">
                                  <span class="art" />
                              </div>
                          </li>
                      ))}
            </ul>
        </section>
    );
}

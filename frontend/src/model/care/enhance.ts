import type { EnhanceRequest } from '../../api/care';
import type { Selection } from '../../lib/selection';

/** @return the part of a request that says which tracks */
export function enhanceRequestOf(selection: Selection): EnhanceRequest {
    const name = selection.label ? { name: selection.label } : {};
    switch (selection.kind) {
        case 'tracks':
            return { ...name, trackIds: [...selection.trackIds] };
        case 'album':
            return { ...name, albumId: selection.id };
        case 'artist':
            return { ...name, artistId: selection.id };
        case 'playlist':
            return { ...name, playlistId: selection.id };
        default:
            return { select: 'all' };
    }
}

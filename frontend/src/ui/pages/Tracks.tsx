import { TrackList } from '../TrackList';

export default function TracksPage() {
    return <TrackList />;
}

/**
 * Files that were sent to be references, kept in this browser: the server keeps their numbers
 * alone, and whoever comes back wants to hear what his music is to sound like. Where nothing can be
 * kept (a private window, a full disk) they can be heard until the page is reloaded.
 */
const kDatabase = 'segue';
const kStore = 'files';
const kByAge = 'keptAtMs';
/** The oldest go: albums of FLAC are gigabytes. */
const kMostFiles = 8;

interface Kept {
    id: string;
    file: File;
    keptAtMs: number;
}

let opened: Promise<IDBDatabase> | undefined;

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('nothing is kept'));
    });

function database(): Promise<IDBDatabase> {
    opened ??= new Promise((resolve, reject) => {
        const request = indexedDB.open(kDatabase, 1);
        request.onupgradeneeded = () => {
            const store = request.result.createObjectStore(kStore, { keyPath: 'id' });
            store.createIndex(kByAge, kByAge);
        };
        answerOf(request).then(resolve, reject);
    });
    return opened;
}

const storeFor = async (mode: IDBTransactionMode) =>
    (await database()).transaction(kStore, mode).objectStore(kStore);

export async function keepFile(id: string, file: File): Promise<void> {
    const store = await storeFor('readwrite');
    const kept: Kept = { id, file, keptAtMs: Date.now() };
    await answerOf(store.put(kept));
    const byAge = await answerOf(store.index(kByAge).getAllKeys());
    await Promise.all(
        byAge.slice(0, -kMostFiles).map((oldest) => answerOf(store.delete(oldest))),
    );
}

export async function keptFile(id: string): Promise<File | undefined> {
    const store = await storeFor('readonly');
    return (await answerOf<Kept | undefined>(store.get(id)))?.file;
}

export async function dropFile(id: string): Promise<void> {
    await answerOf((await storeFor('readwrite')).delete(id));
}

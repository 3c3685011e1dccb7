// Command tessera drives Tessera's POSIX storage in process, as the ledger port is driven: so many entries in
// flight, each unique, and a clock from the first Add to the last answer. It prints one line of JSON.
//
// It is the peer of the merkle-log in tests/bench and belongs to no ledger. Which moment is counted is asked for:
//
//	integrated  the driver's future has resolved: the index is assigned, and bundle, tiles and tree state are
//	            written and synced. No signed checkpoint need cover the entry yet, so it is less than what the
//	            merkle-log calls settled.
//	published   a signed checkpoint on the disk covers the entry too: what the merkle-log calls settled.
//
// Syncing is the driver's own and cannot be turned off. There are no witnesses, and no antispam, so nothing is
// looked up before an entry is added.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	module     = "github.com/transparency-dev/tessera"
	origin     = "bench.example/tessera"
	integrated = "integrated"
	published  = "published"
	// How often the checkpoint is read while somebody waits for one.
	look = 2 * time.Millisecond
)

// load is what is asked for.
type load struct {
	folder             string
	entries            int
	inFlight           int
	entryBytes         int
	batchAge           time.Duration
	batchSize          uint
	checkpointInterval time.Duration
	until              string
}

// result is what is printed.
type result struct {
	Version            string  `json:"version"`
	Until              string  `json:"until"`
	Entries            int     `json:"entries"`
	InFlight           int     `json:"in_flight"`
	EntryBytes         int     `json:"entry_bytes"`
	BatchAgeS          float64 `json:"batch_age_s"`
	BatchSize          uint    `json:"batch_size"`
	CheckpointInterval float64 `json:"checkpoint_interval_s"`
	Seconds            float64 `json:"seconds"`
	PerSecond          float64 `json:"entries_per_s"`
	// Of the checkpoint on the disk at the end: every entry of this run and of those before it in the folder.
	PublishedSize uint64 `json:"published_size"`
}

func main() {
	asked := load{}
	version := flag.Bool("version", false, "print the version of Tessera and end")
	flag.StringVar(&asked.folder, "folder", "", "where the log is; made where it is missing")
	flag.IntVar(&asked.entries, "entries", 10_000, "how many to add")
	flag.IntVar(&asked.inFlight, "in-flight", 512, "how many are added and not yet answered")
	flag.IntVar(&asked.entryBytes, "entry-bytes", 512, "bytes of each, random")
	flag.DurationVar(&asked.batchAge, "batch-age", 10*time.Millisecond, "when a batch is taken at the latest")
	flag.UintVar(&asked.batchSize, "batch-size", tessera.DefaultBatchMaxSize, "a batch of so many is taken at once")
	flag.DurationVar(&asked.checkpointInterval, "checkpoint-interval", 100*time.Millisecond,
		"between checkpoints; the driver refuses less than 100ms")
	flag.StringVar(&asked.until, "until", integrated, "the moment that counts: integrated or published")
	flag.Parse()
	if *version {
		fmt.Println(versionOf())
		return
	}
	found, err := run(context.Background(), asked)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, asked load) (*result, error) {
	if asked.folder == "" || asked.entries < 1 || asked.inFlight < 1 || asked.entryBytes < 16 {
		return nil, errors.New("a folder, entries, in-flight of at least 1 and entry-bytes of at least 16 are needed")
	}
	if asked.until != integrated && asked.until != published {
		return nil, fmt.Errorf("until is %s or %s, found %q", integrated, published, asked.until)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signer, err := newSigner()
	if err != nil {
		return nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: asked.folder})
	if err != nil {
		return nil, err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(asked.checkpointInterval).
		WithBatching(asked.batchSize, asked.batchAge)
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, err
	}
	answered := func(future tessera.IndexFuture) error {
		_, err := future()
		return err
	}
	if asked.until == published {
		awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, look)
		answered = func(future tessera.IndexFuture) error {
			_, _, err := awaiter.Await(ctx, future)
			return err
		}
	}
	seconds, err := drive(ctx, asked, appender, answered)
	if err != nil {
		return nil, err
	}
	if err := shutdown(ctx); err != nil {
		return nil, err
	}
	size, err := publishedSize(ctx, reader)
	if err != nil {
		return nil, err
	}
	return &result{
		Version: versionOf(), Until: asked.until, Entries: asked.entries, InFlight: asked.inFlight,
		EntryBytes: asked.entryBytes, BatchAgeS: asked.batchAge.Seconds(), BatchSize: asked.batchSize,
		CheckpointInterval: asked.checkpointInterval.Seconds(), Seconds: seconds,
		PerSecond: float64(asked.entries) / seconds, PublishedSize: size,
	}, nil
}

// drive adds every entry and returns the seconds from the first Add to the last answer.
func drive(
	ctx context.Context, asked load, appender *tessera.Appender, answered func(tessera.IndexFuture) error,
) (float64, error) {
	random := make([]byte, asked.entries*asked.entryBytes)
	if _, err := rand.Read(random); err != nil {
		return 0, err
	}
	entries := make(chan *tessera.Entry, asked.entries)
	for at := range asked.entries {
		entries <- tessera.NewEntry(random[at*asked.entryBytes : (at+1)*asked.entryBytes])
	}
	close(entries)
	failures := make(chan error, asked.inFlight)
	var callers sync.WaitGroup
	begin := time.Now()
	for range asked.inFlight {
		callers.Go(func() {
			for entry := range entries {
				if err := answered(appender.Add(ctx, entry)); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	callers.Wait()
	seconds := time.Since(begin).Seconds()
	select {
	case err := <-failures:
		return 0, err
	default:
		return seconds, nil
	}
}

// newSigner draws a key: nobody verifies the checkpoints of a bench.
func newSigner() (note.Signer, error) {
	secret, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, err
	}
	return note.NewSigner(secret)
}

func publishedSize(ctx context.Context, reader tessera.LogReader) (uint64, error) {
	checkpoint, err := reader.ReadCheckpoint(ctx)
	if err != nil {
		return 0, err
	}
	lines := strings.SplitN(string(checkpoint), "\n", 3)
	if len(lines) < 3 {
		return 0, errors.New("the checkpoint has fewer than three lines")
	}
	return strconv.ParseUint(lines[1], 10, 64)
}

// versionOf is that of Tessera as it was compiled in.
func versionOf() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return dependency.Version
			}
		}
	}
	return "unknown"
}

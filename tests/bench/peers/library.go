// The same with Debian's golang-github-digitalocean-go-libvirt-dev: see library.c. SOCKET in place of a URI.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

const callers, warm = 8, 200

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "library.go:", err)
		os.Exit(1)
	}
}

func ask(connection *libvirt.Libvirt, what string) {
	var err error
	switch what {
	case "version", "flight":
		_, err = connection.ConnectGetLibVersion()
	case "lookup":
		_, err = connection.NetworkLookupByName("default")
	case "all":
		_, _, err = connection.ConnectListAllNetworks(1, 0)
	}
	check(err)
}

func list(connection *libvirt.Libvirt) {
	networks, _, err := connection.ConnectListAllNetworks(1, 0)
	check(err)
	for _, network := range networks {
		active, err := connection.NetworkIsActive(network)
		check(err)
		persistent, err := connection.NetworkIsPersistent(network)
		check(err)
		autostart, err := connection.NetworkGetAutostart(network)
		check(err)
		fmt.Println(network.Name, active, autostart, persistent)
	}
}

func loop(connection *libvirt.Libvirt, what string, calls int) {
	if what != "flight" {
		for ; calls > 0; calls-- {
			ask(connection, what)
		}
		return
	}
	var all sync.WaitGroup
	for caller := 0; caller < callers; caller++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for at := 0; at < calls/callers; at++ {
				ask(connection, what)
			}
		}()
	}
	all.Wait()
}

func cpu() int64 {
	var used syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return used.Utime.Nano() + used.Stime.Nano()
}

func main() {
	socket, what := os.Args[1], os.Args[2]
	connection := libvirt.NewWithDialer(dialers.NewLocal(dialers.WithSocket(socket)))
	check(connection.Connect())
	if what == "list" {
		list(connection)
	} else {
		calls, err := strconv.Atoi(os.Args[3])
		check(err)
		first := warm
		if calls < warm {
			first = callers
		}
		loop(connection, what, first)
		wall, used := time.Now(), cpu()
		loop(connection, what, calls)
		fmt.Println(calls, time.Since(wall).Nanoseconds(), cpu()-used)
	}
	check(connection.Disconnect())
}

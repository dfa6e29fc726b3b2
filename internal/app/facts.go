package app

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/nostos-avrr/nostos/internal/desk/admin"
)

// publicURL is the address people type; without one configured it is this machine's, for trying out.
func (a *App) publicURL() string {
	if a.Config.PublicURL != "" {
		return strings.TrimSuffix(a.Config.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(a.Config.Addr)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && (ip.IsLoopback() || ip.IsUnspecified()) {
		host = "localhost" // passkeys can be bound to a name only
	}
	return "http://" + net.JoinHostPort(host, port)
}

// clientAddr is whose request it is. What a proxy says is believed of the proxies named in the settings only; otherwise
// everybody could choose the address under which their attempts to sign in are counted.
func (a *App) clientAddr(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	proxies := a.Config.TrustedProxies()
	chain := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	for i := len(chain) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(host)
		if err != nil || !slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(ip.Unmap()) }) {
			return host
		}
		if next := strings.TrimSpace(chain[i]); next != "" {
			host = next
		}
	}
	return host
}

// permissions lists every permission that a route or a command asks for, for the page on which a role is edited.
func (a *App) permissions() []string {
	out := slices.Clone(admin.Permissions)
	for _, rt := range a.Web.Routes() {
		if p := string(rt.Access); !strings.HasPrefix(p, "*") {
			out = append(out, p)
		}
	}
	for _, r := range a.roles {
		out = append(out, r.Permissions...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a *App) languages() (out []string) {
	for _, l := range a.Cat.Languages() {
		out = append(out, l.Tag)
	}
	return
}

func (a *App) countries() (out []string) {
	for _, o := range a.Cat.Printer("en").Countries() {
		out = append(out, o.Code)
	}
	return
}

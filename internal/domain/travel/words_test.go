package travel_test

import (
	"sync"

	"github.com/nostos-avrr/nostos/internal/platform/i18n"
	"github.com/nostos-avrr/nostos/locales"
)

var words = sync.OnceValue(func() *i18n.Printer {
	cat, err := i18n.Load(locales.Files)
	if err != nil {
		panic(err)
	}
	return cat.Printer("en")
})

func hasText(key string) bool { return words().Has(key) }

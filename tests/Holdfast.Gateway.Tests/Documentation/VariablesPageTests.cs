using System.Text;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Tidy;

namespace Holdfast.Gateway.Tests.Documentation;

/// <summary>
/// <c>docs/configuration-variables.md</c> is made from <see cref="KnownVariables"/>; with HOLDFAST_ACCEPT_DOCS=1 this
/// test writes it.
/// </summary>
public class VariablesPageTests
{
    private const string Page = "docs/configuration-variables.md";

    private static readonly Dictionary<VariableUnit, string> Units = new()
    {
        [VariableUnit.AsWritten] = "as the key",
        [VariableUnit.Milliseconds] = "ms",
        [VariableUnit.Seconds] = "s",
        [VariableUnit.Attempts] = "attempts, which are retries + 1",
        [VariableUnit.Flag] = "`true` or `false`, in any case",
        [VariableUnit.DatabasePath] = "a directory, or a file that ends in `.db`",
    };

    [Fact]
    public void The_page_is_what_the_table_says()
    {
        var path = Path.Combine(Repository.Root, Page);
        var page = Write();
        if (Environment.GetEnvironmentVariable("HOLDFAST_ACCEPT_DOCS") == "1")
            File.WriteAllText(path, page);

        Assert.True(page == File.ReadAllText(path),
            $"{Page} isn't what KnownVariables says; with HOLDFAST_ACCEPT_DOCS=1 this test writes it");
    }

    private static string Write()
    {
        var defaults = ConfigurationFile.Parse("", "none", EnvironmentVariables.None).Values!.List()
            .ToDictionary(value => value.Key, value => value.Text);
        var page = new StringBuilder("""
            # Environment variables with names of their own

            They lie over the configuration file, and `HOLDFAST__SECTION__KEY` lies over them; see
            [configuration.md](configuration.md#environment-variables-over-the-file). Of two lines with the same key
            the later one wins. A number takes the unit of its line; a duration may also say its own (`30s`). A
            variable that is set to nothing counts as not set. A wrong value is an error at the variable.

            | variable | sets | unit | the key's default |
            |---|---|---|---|

            """);
        foreach (var known in KnownVariables.All)
        {
            var file = known.MayBeInFile() ? $"<br>`{known.Name}_FILE`" : "";
            var standard = defaults[known.Key] is { Length: > 0 } text ? $"`{text}`" : "empty";
            page.Append($"| `{known.Name}`{file} | `{known.Key}` | {Units[known.Unit]} | {standard} |\n");
        }

        Append("_TIMEOUT", "`models.NAME.timeouts.call`, or `timeouts.attempt` of targets", "ms");
        Append("_FAILURE_THRESHOLD", "`providers.NAME.circuitBreakers.MODEL.failureThreshold`", "as the key");
        page.Append("""

            `<MODEL>` is a name in upper case with `_` for anything but letters and digits: `RESILIENCE_GPT_4O_TIMEOUT`.

            - **A name under `models`** comes first. Its timeout is the limit of the whole call. Its failure threshold
              goes to the circuits of all its targets; a circuit belongs to a provider's model and is shared, so other
              models with the same targets have it too. Two such variables for one circuit are an error.
            - **A provider's model**, where no model under `models` has the name: the timeout is `timeouts.attempt` of
              every target with that model, at whichever provider; the threshold goes to the circuits of these targets.
            - A name that fits nothing brings a warning, because other programs may share the environment.
            - `RESILIENCE_DEFAULT_TIMEOUT` is the line above; for a model called `default` use
              `HOLDFAST__MODELS__DEFAULT__TIMEOUTS__CALL`.

            `RELIABILITY_ENABLED=false` makes every model a plain proxy: see
            [`reliability`](configuration.md#reliability-defaults-model). `…_FILE` names a file that holds the value;
            both together are an error.

            """);
        AppendProviders(page);
        return page.ToString();

        void Append(string suffix, string sets, string unit)
        {
            Assert.Contains(KnownVariables.OfModels, known => known.Suffix == suffix);
            page.Append($"| `{KnownVariables.ModelPrefix}<MODEL>{suffix}` | {sets} | {unit} | inherited |\n");
        }
    }

    private static void AppendProviders(StringBuilder page)
    {
        page.Append("""

            ## Of the providers

            These are the variables that the providers' own tools use. Each sets a key of every provider of its type,
            where neither the file nor a `HOLDFAST__…` variable does; of several for one key the first that is set
            counts. A key is never taken from here when `baseUrl` is written: it may be somebody else's address.

            | type | variable | sets |
            |---|---|---|

            """);
        foreach (var type in ProviderTypes.Names.Select(name => ProviderTypes.Find(name)!))
        {
            foreach (var (key, variable) in type.Variables)
            {
                page.Append($"| `{type.Name}` | `{variable}` | `{key}` |\n");
            }
        }
    }
}

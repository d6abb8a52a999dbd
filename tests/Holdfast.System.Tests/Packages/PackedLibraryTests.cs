using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace Holdfast.System.Tests.Packages;

/// <summary>
/// The library as others get it: packed, and used by a console program outside the repository that knows the packages
/// only. It is the program of the README.
/// </summary>
[Trait("Category", "Slow")]
public sealed class PackedLibraryTests : IAsyncLifetime
{
    private static readonly string[] Projects = ["Holdfast", "Holdfast.Extensions.AI", "Holdfast.Extensions.Polly"];

    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory("holdfast-packages-");

    // A version that no cache has seen.
    private readonly string _version = $"0.1.0-test.{Guid.NewGuid():N}";

    private string Feed => Path.Combine(_scratch.FullName, "feed");

    public async Task InitializeAsync()
    {
        // As these tests were built: the configuration is the folder above the framework's.
        var configuration = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')).Parent!.Name;
        foreach (var project in Projects)
        {
            await DotnetAsync(Repository.Root, "pack", Path.Combine("src", project), "--no-build", "-c", configuration,
                "-o", Feed, $"-p:PackageVersion={_version}");
        }
    }

    public Task DisposeAsync()
    {
        _scratch.Delete(recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task The_console_program_of_the_readme_runs_on_the_packed_files()
    {
        var program = _scratch.CreateSubdirectory("program");
        foreach (var file in new[] { "Program.cs", "ScriptedClient.cs" })
            File.Copy(Path.Combine(Sources, file), Path.Combine(program.FullName, file));
        await File.WriteAllTextAsync(Path.Combine(program.FullName, "program.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>{Feed}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Holdfast.Extensions.AI" Version="{_version}" />
                <PackageReference Include="Holdfast.Extensions.Polly" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);

        await DotnetAsync(program.FullName, "build", "-o", "out", "-warnaserror");
        var said = await DotnetAsync(program.FullName, Path.Combine("out", "program.dll"));

        Assert.Equal(
            "Because every stone leans on the next.\nopenai: Refused connection refused\nclaude: Ok \n", said);
    }

    [Fact]
    public void Each_package_says_what_it_is_and_asks_for_minimum_versions_only()
    {
        foreach (var project in Projects)
        {
            using var package = ZipFile.OpenRead(Path.Combine(Feed, $"{project}.{_version}.nupkg"));
            var metadata = Specification(package);

            Assert.Equal(("MIT", "README.md"), (Value(metadata, "license"), Value(metadata, "readme")));
            Assert.True(Value(metadata, "description").Length > 40, project);
            Assert.Contains("circuit-breaker", Value(metadata, "tags"));
            Assert.NotNull(package.GetEntry("README.md"));
            Assert.NotNull(package.GetEntry($"lib/net10.0/{project}.xml"));
            Assert.True(File.Exists(Path.Combine(Feed, $"{project}.{_version}.snupkg")), project);
            Assert.All(metadata.Descendants().Where(one => one.Name.LocalName == "dependency"), dependency =>
            {
                Assert.DoesNotContain('[', dependency.Attribute("version")!.Value);
                Assert.Matches(@"^(Holdfast$|Polly\.Core$|Microsoft\.Extensions\.)", dependency.Attribute("id")!.Value);
            });
        }
    }

    private static string Sources =>
        Path.Combine(Repository.Root, "tests", "Holdfast.System.Tests", "Packages", "Console");

    private static XElement Specification(ZipArchive package)
    {
        using var text = package.Entries.Single(one => one.Name.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        return XDocument.Load(text).Root!.Elements().Single(one => one.Name.LocalName == "metadata");
    }

    private static string Value(XElement metadata, string name) =>
        metadata.Elements().Single(one => one.Name.LocalName == name).Value;

    /// <summary>Runs to a good end and gives what was printed.</summary>
    private async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (folder != Repository.Root)
        {
            // What is unpacked goes with the scratch folder; what was downloaded before is still found.
            start.Environment["NUGET_PACKAGES"] = Path.Combine(_scratch.FullName, "unpacked");
            start.Environment["NUGET_FALLBACK_PACKAGES"] = packages;
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        using var process = Process.Start(start)!;
        try
        {
            var said = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, said);
            return said;
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}

using System.Text;
using Holdfast.Gateway.Configuration;

namespace Holdfast.Gateway.Tests.Configuration;

public sealed class ConfigurationFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-").FullName;

    private string FilePath => Path.Combine(_directory, "holdfast.yaml");

    [Fact]
    public void A_file_is_loaded_with_the_hash_of_its_content()
    {
        File.WriteAllText(FilePath, "providers: { o: { type: ollama } }");

        var result = Load();

        Assert.Equal("o", Assert.Single(result.Options!.Providers).Name);
        Assert.Equal(64, result.ContentHash!.Length);
    }

    [Fact]
    public void A_missing_file_is_one_clear_sentence() =>
        Assert.Equal($"{FilePath}: does not exist", Assert.Single(Load().Errors).ToString());

    [Fact]
    public void A_directory_is_one_clear_sentence() =>
        Assert.Equal($"{_directory}: is a directory, not a file",
            Assert.Single(ConfigurationFile.Load(_directory, _ => null).Errors).ToString());

    [Fact]
    public void A_path_below_a_file_is_one_clear_sentence()
    {
        File.WriteAllText(FilePath, "");

        var result = ConfigurationFile.Load(Path.Combine(FilePath, "below"), _ => null);

        Assert.Single(result.Errors);
        Assert.Null(result.Options);
    }

    [Fact]
    public void A_name_that_no_file_can_have_is_one_clear_sentence() =>
        Assert.Single(ConfigurationFile.Load("a\0b", _ => null).Errors);

    [Fact]
    public void A_file_that_is_not_utf8_is_refused_with_the_line()
    {
        File.WriteAllBytes(FilePath, [.. "server: {}\n# "u8, 0xC3, 0x28]);

        Assert.Equal($"{FilePath}:2: is not UTF-8 text", Assert.Single(Load().Errors).ToString());
    }

    [Fact]
    public void A_file_in_utf16_is_refused()
    {
        File.WriteAllText(FilePath, "server: {}", Encoding.Unicode);

        Assert.Equal($"{FilePath}:1: is not UTF-8 text", Assert.Single(Load().Errors).ToString());
    }

    [Fact]
    public void A_byte_order_mark_is_no_problem()
    {
        File.WriteAllText(FilePath, "providers: { o: { type: ollama } }", Encoding.UTF8);

        Assert.Empty(Load().Errors);
    }

    [Fact]
    public void A_file_over_the_limit_is_refused_unread()
    {
        File.WriteAllText(FilePath, new string('#', 2 * 1024 * 1024));

        Assert.Equal($"{FilePath}: is larger than 1048576 bytes", Assert.Single(Load().Errors).ToString());
    }

    [Fact]
    public void A_file_just_at_the_limit_is_read()
    {
        File.WriteAllText(FilePath, new string('#', 1024 * 1024));

        Assert.Empty(Load().Errors);
    }

    [Fact]
    public void A_device_without_an_end_is_refused() =>
        Assert.Equal("/dev/zero: is larger than 1048576 bytes",
            Assert.Single(ConfigurationFile.Load("/dev/zero", _ => null).Errors).ToString());

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private ConfigurationResult Load() => ConfigurationFile.Load(FilePath, _ => null);
}

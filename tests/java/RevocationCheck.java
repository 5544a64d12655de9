import java.io.FileInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Asks Java's PKIX validator with a hard-fail revocation check over the network: crl|ocsp ROOT LEAF. Exit code 0 is yes. */
public final class RevocationCheck {
    private RevocationCheck() {
    }

    public static void main(String[] arguments) throws IOException {
        System.setProperty("com.sun.security.enableCRLDP", "true");
        Security.setProperty("ocsp.enable", "true");
        try {
            CertPathValidator validator = CertPathValidator.getInstance("PKIX");
            PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
            checker.setOptions(arguments[0].equals("crl")
                ? EnumSet.of(Option.PREFER_CRLS, Option.NO_FALLBACK) : EnumSet.of(Option.NO_FALLBACK));
            PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(read(arguments[1]), null)));
            parameters.addCertPathChecker(checker);
            validator.validate(
                CertificateFactory.getInstance("X.509").generateCertPath(List.of(read(arguments[2]))), parameters);
            System.out.println("valid");
        } catch (CertPathValidatorException problem) {
            System.out.println("invalid: " + problem.getMessage() + " (" + problem.getReason() + ") " + problem.getCause());
            System.exit(1);
        } catch (GeneralSecurityException problem) {
            System.out.println("unreadable: " + problem);
            System.exit(1);
        }
    }

    private static X509Certificate read(String file) throws IOException, GeneralSecurityException {
        try (FileInputStream stream = new FileInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }
}
